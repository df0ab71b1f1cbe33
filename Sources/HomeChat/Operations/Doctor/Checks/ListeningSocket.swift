import Foundation

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

    /// By which it can be reached. A socket for every address of IPv6 takes IPv4 as well, as Linux does by default.
    var families: Set<FirewallReading.Family> {
        if address == "*" || address == "[::]" || address == "::" { return [.four, .six] }
        return address.contains(":") && !address.contains("::ffff:") ? [.six] : [.four]
    }

    func isExpected(server: ServerProcess?) -> Bool {
        // Whose socket it is stays hidden from accounts that may not look into the server's process.
        if let server, pid == server.pid || pid == nil && server.listens(on: port) { return true }
        return program.map(Self.expected.contains) ?? false
    }

    var text: String { "\(program ?? "?") on \(address):\(port)" }
}
