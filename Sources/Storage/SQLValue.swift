/// A value as both engines know it.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    case boolean(Bool)
}

/// What can be bound to a statement.
public protocol SQLValueConvertible {
    var sqlValue: SQLValue { get }
}

/// What can be read from a column.
public protocol SQLValueDecodable {
    init(sqlValue: SQLValue) throws
}

/// Thrown by a decoder that was given another type; `Row` adds the column's name.
struct UnexpectedType: Error {}

extension SQLValue: SQLValueConvertible, SQLValueDecodable {
    public var sqlValue: SQLValue { self }

    public init(sqlValue: SQLValue) {
        self = sqlValue
    }
}

extension Int64: SQLValueConvertible, SQLValueDecodable {
    public var sqlValue: SQLValue { .integer(self) }

    public init(sqlValue: SQLValue) throws {
        guard case .integer(let value) = sqlValue else { throw UnexpectedType() }
        self = value
    }
}

extension Int: SQLValueConvertible, SQLValueDecodable {
    public var sqlValue: SQLValue { .integer(Int64(self)) }

    public init(sqlValue: SQLValue) throws {
        self = Int(try Int64(sqlValue: sqlValue))
    }
}

extension Bool: SQLValueConvertible, SQLValueDecodable {
    public var sqlValue: SQLValue { .boolean(self) }

    public init(sqlValue: SQLValue) throws {
        switch sqlValue {
        case .boolean(let value): self = value
        case .integer(0): self = false  // SQLite has no type of its own for it
        case .integer(1): self = true
        default: throw UnexpectedType()
        }
    }
}

extension Double: SQLValueConvertible, SQLValueDecodable {
    public var sqlValue: SQLValue { .real(self) }

    public init(sqlValue: SQLValue) throws {
        switch sqlValue {
        case .real(let value): self = value
        case .integer(let value): self = Double(value)
        default: throw UnexpectedType()
        }
    }
}

extension String: SQLValueConvertible, SQLValueDecodable {
    public var sqlValue: SQLValue { .text(self) }

    public init(sqlValue: SQLValue) throws {
        guard case .text(let value) = sqlValue else { throw UnexpectedType() }
        self = value
    }
}

extension [UInt8]: SQLValueConvertible, SQLValueDecodable {
    public var sqlValue: SQLValue { .bytes(self) }

    public init(sqlValue: SQLValue) throws {
        guard case .bytes(let value) = sqlValue else { throw UnexpectedType() }
        self = value
    }
}

extension Optional: SQLValueConvertible where Wrapped: SQLValueConvertible {
    public var sqlValue: SQLValue { self?.sqlValue ?? .null }
}

extension Optional: SQLValueDecodable where Wrapped: SQLValueDecodable {
    public init(sqlValue: SQLValue) throws {
        self = sqlValue == .null ? nil : try Wrapped(sqlValue: sqlValue)
    }
}

extension SQLValueConvertible where Self: RawRepresentable, RawValue: SQLValueConvertible {
    public var sqlValue: SQLValue { rawValue.sqlValue }
}

extension SQLValueDecodable where Self: RawRepresentable, RawValue: SQLValueDecodable {
    public init(sqlValue: SQLValue) throws {
        guard let value = Self(rawValue: try RawValue(sqlValue: sqlValue)) else { throw UnexpectedType() }
        self = value
    }
}
