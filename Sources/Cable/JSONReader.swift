/// Reads one JSON text (RFC 8259). Our own, because an identifier is echoed byte for byte, so the reader
/// has to say where a string stood, and because nesting must end before the stack does.
struct JSONReader {
    static let maximumDepth = 32

    enum Problem: Error {
        case malformed, tooDeep
    }

    /// A string as it stood, quotes included, and as bytes after its escapes.
    struct Literal: Equatable {
        var source: ArraySlice<UInt8>
        /// UTF-8, except that lone surrogates stay apart (as in WTF-8): two of them are not the same identifier.
        var bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private let input: [UInt8]
    private var position: Int

    init(_ input: [UInt8]) {
        self.input = input
        self.position = 0
    }

    /// The members of the object that the whole input is, without looking at what they mean.
    static func object(_ input: [UInt8]) -> [String: CableValue]? {
        var reader = JSONReader(input)
        // Why it is malformed helps nobody.
        guard case .object(let members)? = try? reader.wholeValue() else { return nil }
        return members
    }

    /// Calls `member` for each member of the top object; it must read the value.
    mutating func members(_ member: (String, inout JSONReader) throws -> Void) throws {
        skipSpace()
        guard take(UInt8(ascii: "{")) else { throw Problem.malformed }
        try elements(until: UInt8(ascii: "}")) { reader in
            try member(reader.key(), &reader)
        }
        try end()
    }

    mutating func wholeValue() throws -> CableValue {
        skipSpace()
        let value = try value(depth: 0)
        try end()
        return value
    }

    var isAtString: Bool { peek == UInt8(ascii: "\"") }

    mutating func value(depth: Int) throws -> CableValue {
        guard depth < Self.maximumDepth else { throw Problem.tooDeep }
        switch peek {
        case UInt8(ascii: "\""):
            return .string(try literal().text)
        case UInt8(ascii: "{"):
            position += 1
            var object: [String: CableValue] = [:]
            try elements(until: UInt8(ascii: "}")) { reader in
                let key = try reader.key()
                object[key] = try reader.value(depth: depth + 1)
            }
            return .object(object)
        case UInt8(ascii: "["):
            position += 1
            var list: [CableValue] = []
            try elements(until: UInt8(ascii: "]")) { reader in
                list.append(try reader.value(depth: depth + 1))
            }
            return .list(list)
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func literal() throws -> Literal {
        let start = position
        guard take(UInt8(ascii: "\"")) else { throw Problem.malformed }
        var bytes: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return Literal(source: input[start..<position], bytes: bytes)
            case UInt8(ascii: "\\"): try escape(into: &bytes)
            case ..<0x20: throw Problem.malformed
            default: bytes.append(byte)
            }
        }
        throw Problem.malformed
    }

    private var peek: UInt8? { position < input.count ? input[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func end() throws {
        skipSpace()
        guard position == input.count else { throw Problem.malformed }
    }

    private mutating func key() throws -> String {
        let key = try literal().text
        skipSpace()
        guard take(UInt8(ascii: ":")) else { throw Problem.malformed }
        skipSpace()
        return key
    }

    private mutating func elements(until close: UInt8, _ element: (inout JSONReader) throws -> Void) throws {
        skipSpace()
        if take(close) { return }
        while true {
            skipSpace()
            try element(&self)
            skipSpace()
            if take(close) { return }
            guard take(UInt8(ascii: ",")) else { throw Problem.malformed }
        }
    }

    private mutating func word(_ word: StaticString, _ value: CableValue) throws -> CableValue {
        let end = position + word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { end <= input.count && input[position..<end].elementsEqual($0) }
        guard matches else { throw Problem.malformed }
        position = end
        return value
    }

    private mutating func number() throws -> CableValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: input[start..<position], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text) else { throw Problem.malformed }
        return .number(number)
    }

    private mutating func digits() throws {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw Problem.malformed }
    }

    private mutating func escape(into bytes: inout [UInt8]) throws {
        guard let byte = peek else { throw Problem.malformed }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): Self.append(try codePoint(), to: &bytes)
        default: throw Problem.malformed
        }
    }

    private mutating func codePoint() throws -> UInt32 {
        let first = try hexadecimal()
        guard (0xD800..<0xDC00).contains(first), peek == UInt8(ascii: "\\"),
            position + 1 < input.count, input[position + 1] == UInt8(ascii: "u")
        else { return first }
        let afterFirst = position
        position += 2
        let second = try hexadecimal()
        guard (0xDC00..<0xE000).contains(second) else {
            position = afterFirst  // no pair: the second one speaks for itself
            return first
        }
        return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
    }

    private mutating func hexadecimal() throws -> UInt32 {
        guard position + 4 <= input.count else { throw Problem.malformed }
        var value: UInt32 = 0
        for byte in input[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw Problem.malformed }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    private static func append(_ point: UInt32, to bytes: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | point >> shift & 0x3F) }
        switch point {
        case ..<0x80: bytes.append(UInt8(point))
        case ..<0x800: bytes += [UInt8(0xC0 | point >> 6), tail(0)]
        case ..<0x10000: bytes += [UInt8(0xE0 | point >> 12), tail(6), tail(0)]
        default: bytes += [UInt8(0xF0 | point >> 18), tail(12), tail(6), tail(0)]
        }
    }
}
