import Foundation
import NIOCore

/// The server that runs on this data directory, as it wrote itself down when it began.
package struct ServerProcess: Codable, Sendable {
    let pid: Int32
    let host: String
    let port: Int
    /// Its own TLS; nil: written by a version that had none.
    let isSecure: Bool?

    private static func path(in folder: String) -> String { "\(folder)/server.json" }

    /// Written at start, removed at the end; what a crash leaves behind is recognised by its process.
    func write(in folder: String) throws {
        try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: Self.path(in: folder)), options: .atomic)
    }

    init(_ address: SocketAddress, isSecure: Bool) {
        pid = getpid()
        host = address.ipAddress ?? ""
        port = address.port ?? 0
        self.isSecure = isSecure
    }

    static func remove(in folder: String) {
        unlink(path(in: folder))
    }

    static func find(in folder: String) -> ServerProcess? {
        guard let data = FileManager.default.contents(atPath: path(in: folder)),
            let found = try? JSONDecoder().decode(ServerProcess.self, from: data), found.isAlive
        else { return nil }
        return found
    }

    private var isAlive: Bool { kill(pid, 0) == 0 || errno == EPERM }

    /// Linux says in /proc whose a process is.
    var effectiveUser: UInt32? {
        guard let status = FileManager.default.contents(atPath: "/proc/\(pid)/status"),
            let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first(where: {
                $0.hasPrefix("Uid:")
            })
        else { return nil }
        let ids = line.split(whereSeparator: \.isWhitespace)
        return ids.count > 2 ? UInt32(ids[2]) : nil
    }
}

enum SSH {
    static let fix = "put deploy/ssh/homechat.conf into /etc/ssh/sshd_config.d and run: sudo systemctl reload ssh"

    /// `sshd -T` prints one lower-case name and its value a line.
    static func settings(_ text: String) -> [String: String] {
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let words = line.split(separator: " ", maxSplits: 1)
            return words.count == 2 ? (String(words[0]), String(words[1])) : nil
        }
        return Dictionary(pairs) { first, _ in first }
    }
}

enum Firewall {
    /// In the order in which they are asked; each judge says what it saw, or nil where nothing is filtered.
    static let tools: [(SystemTool, @Sendable (String) -> String?)] = [
        (SystemTool("ufw", "status"), ufw), (SystemTool("nft", "list", "ruleset"), nftables),
        (SystemTool("iptables-save"), iptables),
    ]

    static let ufw: @Sendable (String) -> String? = { text in
        guard text.contains("Status: active") else { return nil }
        let open = text.split(separator: "\n").filter { $0.contains("ALLOW") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        return "active, open: \(Set(open).sorted().joined(separator: ", "))"
    }

    static let nftables: @Sendable (String) -> String? = { text in
        let filters =
            text.contains("hook input")
            && (text.contains("policy drop") || text.contains(" drop") || text.contains("reject"))
        return filters ? "an input chain drops what no rule lets in" : nil
    }

    static let iptables: @Sendable (String) -> String? = { text in
        let lines = text.split(separator: "\n")
        let drops =
            lines.contains { $0.hasPrefix(":INPUT DROP") || $0.hasPrefix(":INPUT REJECT") }
            || lines.contains { $0.hasPrefix("-A INPUT") && ($0.hasSuffix("-j DROP") || $0.contains("-j REJECT")) }
        return drops ? "the INPUT chain drops what no rule lets in" : nil
    }
}

/// One line of `ss -Hltnp`.
struct ListeningSocket: Sendable {
    let address: String
    let port: Int
    let program: String?
    let pid: Int32?

    private static let expected: Set<String> = [
        "sshd", "nginx", "caddy", "traefik", "haproxy", "docker-proxy", "kamal-proxy",
    ]

    static func all(_ text: String) -> [ListeningSocket] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 4, let colon = words[3].lastIndex(of: ":"),
                let port = Int(words[3][words[3].index(after: colon)...])
            else { return nil }
            let users = line.range(of: "users:((\"").map { line[$0.upperBound...] }
            return ListeningSocket(
                address: String(words[3][..<colon]), port: port,
                program: users.map { String($0.prefix { $0 != "\"" }) },
                pid: users.flatMap {
                    $0.range(of: "pid=").flatMap { range in
                        Int32(users?[range.upperBound...].prefix { $0.isNumber } ?? "")
                    }
                })
        }
    }

    var isLoopback: Bool {
        let bare = address.trimmingCharacters(in: ["[", "]"]).prefix { $0 != "%" }
        return bare.hasPrefix("127.") || bare == "::1" || bare.hasPrefix("::ffff:127.")
    }

    func isExpected(server: ServerProcess?) -> Bool {
        // Whose socket it is stays hidden from accounts that may not look into the server's process.
        if let server, pid == server.pid || pid == nil && port == server.port { return true }
        return program.map(Self.expected.contains) ?? false
    }

    var text: String { "\(program ?? "?") on \(address):\(port)" }
}
