import Foundation

extension AuditVerification {
    /// What walking the chain said at the time, to be compared with what it says later.
    var statement: String {
        guard let problem else { return "intact: \(entries) entries, head \(head.text)\n" }
        return "not as it was written: \(problem.text)\n"
    }
}

/// A file that the server's log was written to.
struct LogFile {
    private static let atOnce = 1 << 20

    let name: String
    private let path: String
    private let handle: FileHandle

    init(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path), !path.hasSuffix("/") else {
            throw Self.unreadable(path)
        }
        self.path = path
        self.handle = handle
        // Only what any system can unpack.
        let plain = URL(fileURLWithPath: path).lastPathComponent.filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0))
        }
        name = plain.isEmpty ? "log" : String(plain.suffix(40))
    }

    func next() throws -> Data? {
        do {
            let part = try handle.read(upToCount: Self.atOnce)
            return part?.isEmpty == false ? part : nil
        } catch {
            throw Self.unreadable(path)
        }
    }

    private static func unreadable(_ path: String) -> ChatError { .malformed("cannot read the log \(path)") }
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
