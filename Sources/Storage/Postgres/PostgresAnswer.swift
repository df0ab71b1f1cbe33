internal import CPostgres

/// What the server said to one statement.
final class PostgresAnswer {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }

    /// As in `INSERT 0 1`.
    var status: String { String(cString: PQcmdStatus(handle)) }

    var error: PostgresError? {
        switch PQresultStatus(handle) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: nil
        default:
            PostgresError(
                state: field(CChar(bitPattern: UInt8(ascii: "C"))) ?? "",
                message: field(CChar(bitPattern: UInt8(ascii: "M"))) ?? "no reason given",
                constraint: field(CChar(bitPattern: UInt8(ascii: "n"))))
        }
    }

    func rows() throws -> Rows {
        var rows = Rows()
        let columns = 0..<PQnfields(handle)
        rows.columns = columns.map { String(cString: PQfname(handle, $0)) }
        let types = columns.map { PQftype(handle, $0) }
        rows.values = try (0..<PQntuples(handle)).map { row in
            try columns.map { try value(row, $0, types[Int($0)]) }
        }
        // A SELECT counts the rows it returns, which have not changed.
        rows.changed = status.hasPrefix("SELECT") ? 0 : Int(String(cString: PQcmdTuples(handle))) ?? 0
        return rows
    }

    private func value(_ row: Int32, _ column: Int32, _ type: Oid) throws -> SQLValue {
        if PQgetisnull(handle, row, column) == 1 { return .null }
        let text = UnsafeRawBufferPointer(
            start: PQgetvalue(handle, row, column), count: Int(PQgetlength(handle, row, column)))
        guard let value = SQLValue(postgresText: text, type: type) else {
            throw StorageError.wrongType(column: String(cString: PQfname(handle, column)))
        }
        return value
    }

    private func field(_ code: CChar) -> String? {
        PQresultErrorField(handle, Int32(code)).map { String(cString: $0) }
    }
}

struct PostgresError {
    /// SQLSTATE, see "PostgreSQL Error Codes" in its manual.
    let state: String
    let message: String
    let constraint: String?

    /// "cached plan must not change result type", or a prepared statement that the server does not know.
    var meansStalePlan: Bool { state == "0A000" || state == "26000" }
}

extension StorageError {
    init(_ error: PostgresError) {
        let isTransient =
            switch error.state {
            // Serialization, deadlock, lock not available, cancelled (by a timeout), read-only because it is a standby's.
            case "40001", "40P01", "55P03", "57014", "25P03": true
            // Connection, insufficient resources (a full disk is one), operator intervention, system error.
            case let state where ["08", "53", "57", "58"].contains(state.prefix(2)): true
            default: false
            }
        self =
            if error.state.hasPrefix("23") {
                .constraint(error.constraint ?? error.message)
            } else if isTransient {
                .unavailable(error.message)
            } else {
                .failed("\(error.message) (\(error.state))")
            }
    }
}

extension SQLValue {
    /// Decodes the text form of a value by its column's type.
    fileprivate init?(postgresText text: UnsafeRawBufferPointer, type: Oid) {
        let string = String(decoding: text, as: UTF8.self)
        switch type {
        case PostgresType.int2, PostgresType.int4, PostgresType.int8:
            guard let integer = Int64(string) else { return nil }
            self = .integer(integer)
        case PostgresType.bool:
            self = .boolean(string == "t")
        case PostgresType.numeric:
            // What `SUM` makes of whole numbers, which SQLite has as whole numbers too.
            if let integer = Int64(string) {
                self = .integer(integer)
            } else {
                fallthrough
            }
        case PostgresType.float4, PostgresType.float8:
            guard let double = Double(string) else { return nil }
            self = .real(double)
        case PostgresType.bytea:
            guard let bytes = Array(hexadecimal: text) else { return nil }
            self = .bytes(bytes)
        default:
            self = .text(string)
        }
    }
}

extension [UInt8] {
    /// Decodes `\x48656c6c6f`.
    fileprivate init?(hexadecimal text: UnsafeRawBufferPointer) {
        guard text.starts(with: "\\x".utf8), text.count % 2 == 0 else { return nil }
        self = []
        reserveCapacity(text.count / 2 - 1)
        for index in stride(from: 2, to: text.count, by: 2) {
            guard let high = Self.digit(text[index]), let low = Self.digit(text[index + 1]) else { return nil }
            append(high << 4 | low)
        }
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
