import Foundation
import Logging
import Synchronization
import Testing

@testable import HomeChat

@Suite struct LogHandlerTests {
    @Test func `a line for people has the facts in the order of their names`() throws {
        let line = try written(.human) {
            $0.notice("message posted", metadata: ["request_id": "r1", "channel_id": "7", "by": "Ana B"])
        }
        #expect(line.hasSuffix(#"NOTICE   message posted by="Ana B" channel_id=7 request_id=r1"# + "\n"))
    }

    @Test func `a line as JSON can be read as JSON`() throws {
        let line = try written(.json) { $0.error("disk \"full\"", metadata: ["level": "ours", "path": "C:\\x"]) }
        let fields = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(fields["level"] == "error")
        #expect(fields["message"] == "disk \"full\"")
        #expect(fields["_level"] == "ours")
        #expect(fields["path"] == "C:\\x")
        #expect(
            try Date(#require(fields["time"]), strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
                <= .now)
    }

    @Test(arguments: [LogFormat.human, .json])
    func `nothing that a stranger sends begins a line or moves the cursor`(format: LogFormat) throws {
        let line = try written(format) {
            $0.info("a\nb", metadata: ["agent": "x\r\n\u{1B}[2J\u{202E}\u{2028}\u{85}\0"])
        }
        let isClean = !line.dropLast().unicodeScalars.contains {
            $0.value < 0x20 || [0x85, 0x202E, 0x2028].contains($0.value)
        }
        #expect(isClean && line.last == "\n")
        #expect(line.contains(#"x\u000d\n\u001b[2J\u202e\u2028\u0085\u0000"#))
    }

    @Test func `what is below the level is not written`() {
        let lines = Lines()
        var settings = Settings.Log()
        settings.level = .warning
        let logger = Logger(label: "test") { [settings] _ in LineLogHandler(settings) { lines.append($0) } }
        logger.info("no")
        logger.warning("yes")
        #expect(lines.all.count == 1)
    }

    private func written(_ format: LogFormat, _ log: (Logger) -> Void) throws -> String {
        let lines = Lines()
        var settings = Settings.Log()
        settings.format = format
        log(Logger(label: "test") { [settings] _ in LineLogHandler(settings) { lines.append($0) } })
        return try #require(lines.all.first)
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func append(_ line: String) { lines.withLock { $0.append(line) } }
}
