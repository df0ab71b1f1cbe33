import Foundation

/// The value of a header with parameters, `form-data; name="a"`, as browsers and scripts write it (RFC 9110, 5.6.6; RFC 7578, 4.2).
struct HeaderParameters: Equatable, Sendable {
    /// In lower case.
    let value: String
    private var parameters: [String: String] = [:]

    /// - Returns: nil for what is no such value, and for one that says a parameter twice.
    init?(_ text: String) {
        var reader = Reader(bytes: Array(text.utf8))
        value = reader.until(UInt8(ascii: ";")).lowercased()
        guard !value.isEmpty, !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else { return nil }
        while reader.skip(UInt8(ascii: ";")) {
            if reader.isAtEnd { break }  // a semicolon too many does no harm
            let name = reader.until(UInt8(ascii: "="), UInt8(ascii: ";")).lowercased()
            guard !name.isEmpty, reader.skip(UInt8(ascii: "=")), let content = reader.content(),
                parameters.updateValue(content, forKey: name) == nil
            else { return nil }
        }
        guard reader.isAtEnd else { return nil }
    }

    subscript(name: String) -> String? { parameters[name] }

    /// The form for other alphabets (RFC 8187), `name*=UTF-8''…`, before the plain one. Where it cannot be read, the plain one
    /// counts.
    func extended(_ name: String) -> String? { parameters[name + "*"].flatMap(Self.decoded) ?? parameters[name] }

    private static func decoded(_ text: String) -> String? {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
        return String(parts[2]).removingPercentEncoding
    }
}

extension HeaderParameters {
    private struct Reader {
        static let quote = UInt8(ascii: "\"")
        static let backslash = UInt8(ascii: "\\")

        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        /// Without the blanks around it.
        mutating func until(_ ends: UInt8...) -> String {
            let start = position
            while position < bytes.count, !ends.contains(bytes[position]) { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self).trimmingCharacters(in: .whitespaces)
        }

        mutating func skip(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            skipBlanks()
            return true
        }

        /// A word, or what is in quotes. A backslash stands for itself, unless it is before a quote or another one.
        mutating func content() -> String? {
            guard position < bytes.count, bytes[position] == Self.quote else { return until(UInt8(ascii: ";")) }
            position += 1
            var content: [UInt8] = []
            while position < bytes.count {
                if bytes[position] == Self.quote {
                    position += 1
                    skipBlanks()
                    return String(decoding: content, as: UTF8.self)
                }
                if bytes[position] == Self.backslash, position + 1 < bytes.count,
                    [Self.quote, Self.backslash].contains(bytes[position + 1])
                {
                    position += 1
                }
                content.append(bytes[position])
                position += 1
            }
            return nil
        }

        private mutating func skipBlanks() {
            while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
        }
    }
}
