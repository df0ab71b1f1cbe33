import Foundation
import HomeChat

/// What a command has to say: text for people, or with `--json` one object, and for lists one object a line.
struct Output {
    let isJSON: Bool

    func one(_ value: some Encodable, _ text: String) throws {
        // Unlike `print`, which holds lines back as long as a pipe and not a person reads them.
        try Self.write(isJSON ? json(value) : text)
    }

    func list<Line: ListLine>(_ lines: [Line]) throws {
        if isJSON {
            for line in lines { print(try json(line)) }
            return
        }
        let rows = [Line.headings] + lines.map { $0.cells.map { $0.printable() } }
        let widths = Line.headings.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let padded = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            print(padded.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
        }
    }

    static func write(_ line: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data((line.printable(keepsLines: true) + "\n").utf8))
    }

    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self).printable()
    }

    static func complain(_ text: String, named: Bool = true) {
        let line = (named ? "homechat: " : "") + text.printable(keepsLines: true)
        // Lost where there is nowhere to write to; the exit code says it as well.
        try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8))
    }
}

/// One line of a list: the same facts as an object and as a row of a table.
protocol ListLine: Encodable {
    static var headings: [String] { get }
    var cells: [String] { get }
}
