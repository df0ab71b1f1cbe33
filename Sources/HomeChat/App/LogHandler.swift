import Foundation
import Logging

/// One line to standard error for each event, for people or as JSON; a stranger's text cannot begin a second line.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    package init(_ settings: Settings.Log, write: @escaping @Sendable (String) -> Void = writeToStandardError) {
        self.logLevel = settings.level
        self.format = settings.format
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        let facts = all.map { (name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
        let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        switch format {
        case .human: write(human(time, event, facts))
        case .json: write(json(time, event, facts))
        }
    }

    private func human(
        _ time: String, _ event: LogEvent, _ facts: [(name: String, value: Logger.Metadata.Value)]
    ) -> String {
        let pairs = facts.map { " \($0.name)=\(quoted("\($0.value)"))" }.joined()
        let level = event.level.rawValue.uppercased().padding(toLength: 8, withPad: " ", startingAt: 0)
        return "\(time) \(level) \(escaped(event.message.description, andQuotes: false))\(pairs)\n"
    }

    private func json(
        _ time: String, _ event: LogEvent, _ facts: [(name: String, value: Logger.Metadata.Value)]
    ) -> String {
        let own = ["time": time, "level": event.level.rawValue, "message": event.message.description]
        let heads = ["time", "level", "message"].map { "\"\($0)\":\(string(own[$0]!))" }
        let pairs = facts.map { "\(string(own[$0.name] == nil ? $0.name : "_" + $0.name)):\(string("\($0.value)"))" }
        return "{\((heads + pairs).joined(separator: ","))}\n"
    }

    private func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        return isPlain ? value : string(value)
    }

    private func string(_ value: String) -> String { "\"\(escaped(value, andQuotes: true))\"" }

    /// Controls, line separators and direction marks become `\u….`, so that a terminal or a log reader is not led astray.
    private func escaped(_ value: String, andQuotes: Bool) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"" where andQuotes, "\\" where andQuotes: result += "\\\(scalar)"
            case "\n": result += "\\n"
            case _ where scalar.isUnprintable: result += scalar.escape
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// One `write` call a line, so that lines of several threads do not mix.
package let writeToStandardError: @Sendable (String) -> Void = { line in
    // Where a log cannot be written, there is nowhere to say so; a full disk must not end the server.
    try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
}

/// To be called once, before the first line is logged.
package func startLogging(_ settings: Settings.Log) {
    LoggingSystem.bootstrap { _ in LineLogHandler(settings) }
}
