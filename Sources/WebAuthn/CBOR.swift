/// A data item of RFC 8949, as far as authenticators use it: definite lengths only, no tags, no fractions.
public enum CBOR: Equatable, Sendable {
    case unsigned(UInt64)
    /// −1 − n.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBOR])
    /// In the order in which they came. No key comes twice.
    case map([Pair])
    case boolean(Bool)
    case null

    public struct Pair: Equatable, Sendable {
        public let key: CBOR
        public let value: CBOR
    }

    public subscript(_ name: String) -> CBOR? { self[.text(name)] }

    public subscript(_ number: Int64) -> CBOR? {
        self[number < 0 ? .negative(UInt64(bitPattern: ~number)) : .unsigned(UInt64(number))]
    }

    private subscript(_ key: CBOR) -> CBOR? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    var bytes: [UInt8]? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes
    }

    /// nil also for whole numbers beyond 64 bits with a sign.
    var integer: Int64? {
        switch self {
        case .unsigned(let number): Int64(exactly: number)
        case .negative(let number): Int64(exactly: number).map { ~$0 }
        default: nil
        }
    }
}

public enum CBORError: Error, Equatable, Sendable {
    /// The bytes end before the item does.
    case truncated
    /// Well-formed perhaps, but nothing that an authenticator sends: indefinite lengths, tags, fractions, other simple values.
    case unsupported
    case tooDeep
    case tooLarge
    case notUTF8
    case repeatedKey
    /// Bytes follow where nothing may.
    case leftover
}

extension CBOR {
    /// An item that fills `bytes`.
    public init(_ bytes: some Collection<UInt8>) throws(CBORError) {
        var reader = CBORReader(bytes)
        self = try reader.item()
        guard reader.isAtEnd else { throw .leftover }
    }
}

/// Reads one item after the other. Whatever the bytes are, it stays below its bounds and never traps.
struct CBORReader {
    static let maximumBytes = 64 << 10
    static let maximumDepth = 8
    static let maximumItems = 1_000

    private let bytes: [UInt8]
    private(set) var position = 0
    private var items = 0

    init(_ bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes)
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func item() throws(CBORError) -> CBOR {
        guard bytes.count <= Self.maximumBytes else { throw .tooLarge }
        return try item(depth: 0)
    }

    private mutating func item(depth: Int) throws(CBORError) -> CBOR {
        guard depth <= Self.maximumDepth else { throw .tooDeep }
        items += 1
        guard items <= Self.maximumItems else { throw .tooLarge }
        let head = try byte()
        let (major, detail) = (head >> 5, head & 0x1F)
        switch major {
        case 0: return .unsigned(try argument(detail))
        case 1: return .negative(try argument(detail))
        case 2: return .bytes(Array(try string(detail)))
        case 3: return .text(try text(detail))
        case 4: return .array(try elements(try count(detail), depth: depth + 1))
        case 5: return .map(try pairs(try count(detail), depth: depth + 1))
        case 7: return try simple(detail)
        default: throw .unsupported
        }
    }

    private mutating func byte() throws(CBORError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    /// RFC 8949 §3: the value itself below 24, else in the 1, 2, 4 or 8 bytes that follow.
    private mutating func argument(_ detail: UInt8) throws(CBORError) -> UInt64 {
        guard detail >= 24 else { return UInt64(detail) }
        guard detail <= 27 else { throw .unsupported }
        var value: UInt64 = 0
        for _ in 0..<(1 << (detail - 24)) { value = value << 8 | UInt64(try byte()) }
        return value
    }

    /// Every element takes a byte at least, so a count beyond the rest is a lie and reserves nothing.
    private mutating func count(_ detail: UInt8) throws(CBORError) -> Int {
        let count = try argument(detail)
        guard count <= UInt64(bytes.count - position) else { throw .truncated }
        return Int(count)
    }

    private mutating func string(_ detail: UInt8) throws(CBORError) -> ArraySlice<UInt8> {
        let count = try count(detail)
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func text(_ detail: UInt8) throws(CBORError) -> String {
        guard let text = String(validating: try string(detail), as: UTF8.self) else { throw .notUTF8 }
        return text
    }

    private mutating func elements(_ count: Int, depth: Int) throws(CBORError) -> [CBOR] {
        var elements: [CBOR] = []
        for _ in 0..<count { elements.append(try item(depth: depth)) }
        return elements
    }

    private mutating func pairs(_ count: Int, depth: Int) throws(CBORError) -> [CBOR.Pair] {
        var pairs: [CBOR.Pair] = []
        for _ in 0..<count {
            let key = try item(depth: depth)
            guard !pairs.contains(where: { $0.key == key }) else { throw .repeatedKey }
            pairs.append(CBOR.Pair(key: key, value: try item(depth: depth)))
        }
        return pairs
    }

    private func simple(_ detail: UInt8) throws(CBORError) -> CBOR {
        switch detail {
        case 20: .boolean(false)
        case 21: .boolean(true)
        case 22: .null
        default: throw .unsupported
        }
    }
}
