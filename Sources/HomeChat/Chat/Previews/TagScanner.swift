import Foundation

/// Goes through HTML tag by tag, as far as that can be done without building a document.
struct TagScanner {
    struct Tag: Equatable {
        /// In lower case. Closing tags are passed over.
        let name: String
        let attributes: [String: String]
    }

    /// Of one tag, and of one value: more is nobody's description.
    private static let mostAttributes = 50
    private static let longestValue = 4096

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// - Returns: nil at the end.
    mutating func nextTag() -> Tag? {
        while let start = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
            position = start + 1
            if bytes[position...].starts(with: "!--".utf8) {
                skip(past: Array("-->".utf8))
            } else if let first = current, Self.isLetter(first) {
                return tag()
            }
        }
        position = bytes.count
        return nil
    }

    /// What stands before the next `</name>`, and goes past that. Without one it is all that is left.
    mutating func text(until name: String) -> String {
        let start = position
        let closing = Array("</\(name)".utf8)
        while let open = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
            if bytes[open...].prefix(closing.count).map(Self.lowercased) == closing {
                position = open + closing.count
                return HTMLText.decoded(Array(bytes[start..<open].prefix(Self.longestValue)))
            }
            position = open + 1
        }
        position = bytes.count
        return HTMLText.decoded(Array(bytes[start...].prefix(Self.longestValue)))
    }

    private mutating func tag() -> Tag {
        let name = word { !Self.isSpace($0) && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") }
        var attributes: [String: String] = [:]
        while let byte = current, byte != UInt8(ascii: ">") {
            if Self.isSpace(byte) || byte == UInt8(ascii: "/") {
                position += 1
                continue
            }
            let (key, value) = attribute()
            if attributes.count < Self.mostAttributes, attributes[key] == nil { attributes[key] = value }
        }
        position = min(position + 1, bytes.count)
        return Tag(name: name, attributes: attributes)
    }

    private mutating func attribute() -> (String, String) {
        let start = position
        let key = word {
            !Self.isSpace($0) && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/")
        }
        // A lone "=" is a name, or this would stand still (HTML, 13.2.5.32).
        if position == start { position += 1 }
        skipSpace()
        guard current == UInt8(ascii: "=") else { return (key, "") }
        position += 1
        skipSpace()
        return (key, HTMLText.decoded(value()))
    }

    private mutating func value() -> [UInt8] {
        let start: Int
        let end: Int
        if let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            start = position + 1
            end = bytes[start...].firstIndex(of: quote) ?? bytes.count
            position = min(end + 1, bytes.count)
        } else {
            start = position
            end = bytes[start...].firstIndex { Self.isSpace($0) || $0 == UInt8(ascii: ">") } ?? bytes.count
            position = end
        }
        return Array(bytes[start..<end].prefix(Self.longestValue))
    }

    private mutating func word(_ belongs: (UInt8) -> Bool) -> String {
        let start = position
        position = bytes[start...].firstIndex { !belongs($0) } ?? bytes.count
        return String(decoding: bytes[start..<position].prefix(100).map(Self.lowercased), as: UTF8.self)
    }

    private mutating func skipSpace() {
        position = bytes[position...].firstIndex { !Self.isSpace($0) } ?? bytes.count
    }

    private mutating func skip(past mark: [UInt8]) {
        while position < bytes.count, !bytes[position...].starts(with: mark) { position += 1 }
        position = min(position + mark.count, bytes.count)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(lowercased(byte)) }
    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}

/// HTML's text as text.
enum HTMLText {
    private static let named: [Substring: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "ndash": "–", "mdash": "—",
        "hellip": "…", "rsquo": "’", "lsquo": "‘", "ldquo": "“", "rdquo": "”", "middot": "·", "laquo": "«",
        "raquo": "»", "auml": "ä", "ouml": "ö", "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "szlig": "ß",
        "eacute": "é", "egrave": "è", "agrave": "à", "ccedil": "ç",
    ]
    private static let longestName = 10

    /// - Parameter bytes: UTF-8; what is none becomes replacement characters.
    static func decoded(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("&") else { return text }
        var result = ""
        var rest = Substring(text)
        while let mark = rest.firstIndex(of: "&") {
            result += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            guard let end = rest.prefix(longestName + 1).firstIndex(of: ";"), let meant = character(rest[..<end]) else {
                result += "&"
                continue
            }
            result += meant
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func character(_ name: Substring) -> String? {
        guard name.first == "#" else { return named[name] }
        let digits = name.dropFirst()
        let number =
            digits.first.map { $0 == "x" || $0 == "X" } ?? false
            ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init).flatMap { $0.value == 0 ? nil : String($0) }
    }
}
