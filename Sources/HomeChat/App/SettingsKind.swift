import Foundation
import Logging

/// What a value may be: how it is read, and how its default is shown.
struct SettingsKind<Value: Sendable>: Sendable {
    let valueName: String
    var isList = false
    let parse: @Sendable (String) throws(SettingsProblem) -> Value
    let describe: @Sendable (Value) -> String?
}

package typealias LogLevel = Logger.Level

package enum LogFormat: String, CaseIterable, Sendable { case human, json }

package enum DatabaseURL: Sendable, Equatable {
    case sqlite(path: String)
    case postgres(String)
}

extension SettingsKind where Value == String {
    static let text = SettingsKind(
        valueName: "TEXT",
        parse: { text throws(SettingsProblem) in
            guard !text.isEmpty, text.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
                throw SettingsProblem("must be one word")
            }
            return text
        }, describe: { $0 })

    static let name = SettingsKind(
        valueName: "TEXT",
        parse: { text throws(SettingsProblem) in
            let isPrintable = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
            guard (1...50).contains(text.count), isPrintable else {
                throw SettingsProblem("must have 1 to 50 printable characters")
            }
            return text
        }, describe: { $0 })

    /// What another server chose may have spaces and any letters; only a line break is a mistake of copying.
    static let secret = SettingsKind(
        valueName: "TEXT",
        parse: { text throws(SettingsProblem) in
            let isPrintable = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
            guard (1...1000).contains(text.count), isPrintable else {
                throw SettingsProblem("must have 1 to 1000 printable characters")
            }
            return text
        }, describe: { $0 })

    static let path = SettingsKind(
        valueName: "PATH",
        parse: { text throws(SettingsProblem) in
            guard !text.isEmpty, !text.contains("\0") else { throw SettingsProblem("must be a path") }
            return text
        }, describe: { $0 })

    /// "/chat/" and "/chat" mean the same; "/" means no prefix.
    static let basePath = SettingsKind(
        valueName: "PATH",
        parse: { text throws(SettingsProblem) in
            var path = Substring(text)
            while path.hasSuffix("/") { path.removeLast() }
            let isFit = path.utf8.allSatisfy { isUnreserved($0) || $0 == UInt8(ascii: "/") }
            guard text.isEmpty || text.hasPrefix("/"), isFit, !path.contains("//"), !path.contains("..") else {
                throw SettingsProblem("must begin with / and hold letters, digits, - . _ ~ and /")
            }
            return String(path)
        }, describe: { $0 })

    /// `https://chat.example.org`, kept without a slash at its end.
    static let origin = SettingsKind(
        valueName: "URL",
        parse: { text throws(SettingsProblem) in
            guard let url = URLComponents(string: text), ["http", "https"].contains(url.scheme),
                url.host?.isEmpty == false,
                ["", "/"].contains(url.path), url.query == nil, url.fragment == nil, url.user == nil
            else { throw SettingsProblem("must be an address like https://chat.example.org, without a path") }
            return text.hasSuffix("/") ? String(text.dropLast()).lowercased() : text.lowercased()
        }, describe: { $0 })

    static let network = SettingsKind(
        valueName: "NETWORK",
        parse: { text throws(SettingsProblem) in
            // A zone is a name of this machine's for one of its cables, and no network's.
            guard Network(text) != nil, !text.contains("%") else {
                throw SettingsProblem("must be an address or a network like 172.30.32.0/23")
            }
            return text
        }, describe: { $0 })

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        Character(UnicodeScalar(byte)).isLetter && byte < 128 || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || "-._~".utf8.contains(byte)
    }
}

extension SettingsKind where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> SettingsKind {
        SettingsKind(
            valueName: "NUMBER",
            parse: { text throws(SettingsProblem) in
                guard let number = Int(text), range.contains(number) else {
                    throw SettingsProblem("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
                }
                return number
            }, describe: { String($0) })
    }

    /// A number of bytes, or with K, M or G: `64K`, `1M`.
    static func bytes(_ range: ClosedRange<Int>) -> SettingsKind {
        SettingsKind(
            valueName: "BYTES",
            parse: { text throws(SettingsProblem) in
                let unit = text.uppercased().last.flatMap { byteUnits[$0] } ?? 1
                let (bytes, overflow) = (Int(unit == 1 ? text : String(text.dropLast())) ?? -1)
                    .multipliedReportingOverflow(by: unit)
                guard !overflow, range.contains(bytes) else {
                    throw SettingsProblem("must be from \(inUnits(range.lowerBound)) to \(inUnits(range.upperBound))")
                }
                return bytes
            }, describe: inUnits)
    }

    private static var byteUnits: [Character: Int] { ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30] }

    private static func inUnits(_ bytes: Int) -> String {
        let unit = byteUnits.filter { bytes % $0.value == 0 && bytes > 0 }.max { $0.value < $1.value }
        return unit.map { "\(bytes / $0.value)\($0.key)" } ?? "\(bytes)"
    }
}

extension SettingsKind where Value == Bool {
    static let boolean = SettingsKind(
        valueName: "true|false",
        parse: { text throws(SettingsProblem) in
            switch text.lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default: throw SettingsProblem("must be true or false")
            }
        }, describe: { String($0) })
}

extension SettingsKind where Value == DatabaseURL {
    static let databaseURL = SettingsKind(
        valueName: "URL",
        parse: { text throws(SettingsProblem) in
            if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") { return .postgres(text) }
            var path = text.hasPrefix("sqlite3:") ? text.dropFirst("sqlite3:".count) : ""
            if path.hasPrefix("///") { path = path.dropFirst(2) }
            guard !path.isEmpty, !path.hasPrefix("//") else {
                throw SettingsProblem("must be postgres://… or sqlite3:PATH")
            }
            return .sqlite(path: String(path))
        }, describe: { _ in nil })
}

extension SettingsKind where Value: RawRepresentable<String> & CaseIterable {
    static func choice(_ type: Value.Type) -> SettingsKind {
        let words = Value.allCases.map(\.rawValue)
        return SettingsKind(
            valueName: words.joined(separator: "|"),
            parse: { text throws(SettingsProblem) in
                // Rails' words for the same things.
                let word = ["warn": "warning", "fatal": "critical"][text.lowercased()] ?? text.lowercased()
                guard let value = Value(rawValue: word) else {
                    throw SettingsProblem("must be one of \(words.joined(separator: ", "))")
                }
                return value
            }, describe: { $0.rawValue })
    }
}

extension SettingsKind {
    static func optional<Wrapped>(_ kind: SettingsKind<Wrapped>) -> SettingsKind where Value == Wrapped? {
        SettingsKind(
            valueName: kind.valueName,
            parse: { text throws(SettingsProblem) in try kind.parse(text) },
            describe: { $0.flatMap(kind.describe) })
    }

    /// Several values, with commas or blanks between them; in the file also as a YAML list.
    static func list<Element>(_ kind: SettingsKind<Element>) -> SettingsKind where Value == [Element] {
        SettingsKind(
            valueName: kind.valueName + ",…", isList: true,
            parse: { text throws(SettingsProblem) in
                var values: [Element] = []
                for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
                    values.append(try kind.parse(String(part)))
                }
                return values
            }, describe: { $0.compactMap(kind.describe).joined(separator: ", ") })
    }
}
