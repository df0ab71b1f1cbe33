/// One row of a result, read by the names of its columns.
public struct Row: Sendable {
    let columns: [String]
    let values: [SQLValue]

    /// Throws an error that names the column when there is none of that name or when it holds something else.
    public subscript<Value: SQLValueDecodable>(_ column: String) -> Value {
        get throws {
            // A result has a dozen columns with short names: walking along them is faster than hashing.
            guard let index = columns.firstIndex(of: column) else { throw StorageError.missingColumn(column) }
            return try decode(index)
        }
    }

    fileprivate func decode<Value: SQLValueDecodable>(_ index: Int) throws -> Value {
        do {
            return try Value(sqlValue: values[index])
        } catch {
            throw StorageError.wrongType(column: columns[index])
        }
    }
}

/// What a row can be made into.
public protocol RowDecodable {
    init(row: Row) throws
}

extension Row: RowDecodable {
    public init(row: Row) {
        self = row
    }
}

/// A result of one column can be read as that column's type.
extension RowDecodable where Self: SQLValueDecodable {
    public init(row: Row) throws {
        guard row.columns.count == 1 else {
            throw StorageError.failed("a result of \(row.columns.count) columns was read as one value")
        }
        self = try row.decode(0)
    }
}

extension SQLValue: RowDecodable {}
extension Int64: RowDecodable {}
extension Int: RowDecodable {}
extension Bool: RowDecodable {}
extension Double: RowDecodable {}
extension String: RowDecodable {}
extension [UInt8]: RowDecodable {}
extension Optional: RowDecodable where Wrapped: SQLValueDecodable {}

/// What an engine answers to a statement.
struct Rows {
    var columns: [String] = []
    var values: [[SQLValue]] = []
    /// Rows inserted, updated or deleted.
    var changed = 0
}
