import Foundation
import NIOCore

/// The server that runs on this data directory, as it wrote itself down when it began: for its own account alone to read.
package struct ServerProcess: Codable, Sendable {
    let pid: Int32
    let host: String
    let port: Int
    /// Where it listens besides; nil: written by a version that did not tell.
    let otherPorts: [Int]?
    /// Its own TLS; nil: written by a version that had none.
    let isSecure: Bool?
    /// When the process began, as the system counts: another one may get its number later.
    let began: String?
    /// What is in effect there, without secrets; nil: written by a version that did not tell.
    let settings: [String: String]?
    /// The master key itself stood in its environment.
    let hasGivenKey: Bool?

    private static func path(in folder: String) -> String { "\(folder)/server.json" }

    /// Written at start, removed at the end; what a crash leaves behind is recognised by its process.
    func write(in folder: String) throws {
        try PrivateFile(path: Self.path(in: folder)).replace(with: try JSONEncoder().encode(self))
    }

    init(_ address: SocketAddress, others: [SocketAddress] = [], _ settings: Settings) {
        pid = getpid()
        host = address.ipAddress ?? ""
        port = address.port ?? 0
        otherPorts = others.compactMap(\.port)
        isSecure = settings.speaksTLS
        began = Self.beginning(of: getpid())
        self.settings = settings.told
        hasGivenKey = settings.masterKey != nil
    }

    func listens(on port: Int) -> Bool {
        port == self.port || otherPorts?.contains(port) == true
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

    private var isAlive: Bool {
        guard kill(pid, 0) == 0 || errno == EPERM else { return false }
        return began == nil || began == Self.beginning(of: pid)
    }

    /// The 22nd field of /proc/PID/stat (proc(5)); the second is a name that may hold anything.
    private static func beginning(of pid: Int32) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let fields = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 19 ? String(fields[19]) : nil
    }

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
