import Foundation
import Storage

/// The audit log up to an entry, as JSON, an entry a line, some hundred at a time.
struct AuditPage {
    private static let atOnce = 500

    private let end: AuditEntry.ID
    private var after = AuditEntry.ID(0)

    init(upTo end: AuditEntry.ID) {
        self.end = end
    }

    private struct Line: Encodable {
        let id: Int64
        let at: Timestamp
        let action: String
        let userID: Int64?
        let actor: String
        let ipAddress: String
        let userAgent: String
        let target: String
        let details: [String: String]
        let requestID: String
        /// With the entry before it and the server's key it proves that nothing was changed: `homechat audit verify`.
        let hash: String

        enum CodingKeys: String, CodingKey {
            case id, at, action, actor, target, details, hash
            case userID = "user_id"
            case ipAddress = "ip_address"
            case userAgent = "user_agent"
            case requestID = "request_id"
        }

        init(_ entry: AuditEntry) {
            id = entry.id.value
            at = entry.createdAt
            action = entry.action
            userID = entry.user?.value
            actor = entry.actor
            ipAddress = entry.ipAddress
            userAgent = entry.userAgent
            target = entry.target
            details = entry.fields
            requestID = entry.requestID
            hash = entry.hash.map { String(format: "%02x", $0) }.joined()
        }
    }

    /// nil at the end.
    mutating func next(_ database: any Database) async throws -> Data? {
        let (after, end) = (after, end)
        let entries: [AuditEntry] = try await database.read { tx in
            try tx.fetchAll(
                """
                SELECT \(AuditEntry.columns) FROM audit_logs WHERE id > \(after) AND id <= \(end)
                ORDER BY id
                LIMIT \(Self.atOnce)
                """)
        }
        guard let last = entries.last else { return nil }
        self.after = last.id
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try entries.reduce(into: Data()) { $0 += try encoder.encode(Line($1)) + Data("\n".utf8) }
    }
}

/// A file that the server's log was written to.
struct LogFile {
    private static let atOnce = 1 << 20

    let name: String
    private let handle: FileHandle

    init(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path), !path.hasSuffix("/") else {
            throw ChatError.malformed("cannot read the log \(path)")
        }
        self.handle = handle
        // Only what any system can unpack.
        let plain = URL(fileURLWithPath: path).lastPathComponent.filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0))
        }
        name = plain.isEmpty ? "log" : String(plain.suffix(40))
    }

    func next() throws -> Data? {
        let part = try handle.read(upToCount: Self.atOnce)
        return part?.isEmpty == false ? part : nil
    }
}

/// What systemd kept of what the server said: it logs to standard error, and keeps nothing itself.
enum Journal {
    case found(String)
    case nothing(String)

    static let unit = "homechat"
    static let longest = 4000

    static func read(since moment: Timestamp) async -> Journal {
        let tool = SystemTool(
            "journalctl", "--unit", unit, "--since", "@\(moment.milliseconds / 1000)", "--no-pager", "--output",
            "short-iso-precise", "--lines", String(longest))
        return switch await tool.ask() {
        case .absent:
            .nothing("this system has no journal; the server logs to standard error, name its file with --log")
        case .refused(let reason): .nothing("the journal did not tell (\(reason)); name the log's file with --log")
        case .said(let text) where text.isEmpty || text.hasPrefix("-- No entries"):
            .nothing("the journal has nothing of the unit \(unit); name the log's file with --log")
        case .said(let text): .found(text)
        }
    }
}

extension Settings {
    /// Every setting as it is in force.
    var withoutSecrets: String {
        Settings.all.map { setting in
            setting.isSecret ? "# \(setting.name) is left out\n" : "\(setting.name): \(setting.describe(self) ?? "")\n"
        }.joined()
    }
}
