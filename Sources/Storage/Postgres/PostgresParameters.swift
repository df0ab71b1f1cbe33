internal import CPostgres

/// Values in PostgreSQL's binary form, where nothing needs quoting and text cannot be cut short.
struct PostgresParameters {
    /// The types' OIDs are fixed in PostgreSQL's catalogue. NULL leaves its type to the server.
    private(set) var types: [Oid] = []
    private var bytes: [UInt8] = []
    /// Where each value lies in `bytes`; nil is NULL.
    private var ranges: [Range<Int>?] = []

    init(_ values: [SQLValue]) {
        for value in values {
            let start = bytes.count
            switch value {
            case .null: types.append(0)
            case .integer(let integer):
                types.append(PostgresType.int8)
                append(UInt64(bitPattern: integer))
            case .real(let double):
                types.append(PostgresType.float8)
                append(double.bitPattern)
            case .boolean(let boolean):
                types.append(PostgresType.bool)
                bytes.append(boolean ? 1 : 0)
            case .text(let string):
                types.append(PostgresType.text)
                bytes += string.utf8
            case .bytes(let array):
                types.append(PostgresType.bytea)
                bytes += array
            }
            ranges.append(value == .null ? nil : start..<bytes.count)
        }
        // An empty value must still point somewhere, or libpq takes it for NULL.
        bytes.append(0)
    }

    /// Tells statements apart that have the same text but not the same types.
    var signature: String {
        types.map { "\($0)," }.joined() + " "
    }

    func withPointers<Result>(
        _ body: (Int32, [UnsafePointer<CChar>?], [Int32], [Int32]) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            return try body(
                Int32(ranges.count),
                ranges.map { range in range.flatMap { base?.advanced(by: $0.lowerBound) } },
                ranges.map { Int32($0?.count ?? 0) },
                ranges.map { _ in 1 })
        }
    }

    private mutating func append(_ integer: UInt64) {
        withUnsafeBytes(of: integer.bigEndian) { bytes += $0 }
    }
}

enum PostgresType {
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25
    static let float4: Oid = 700
    static let float8: Oid = 701
    static let numeric: Oid = 1700
}
