import Foundation
internal import GRDB

/// GRDB's connection while one closure has it.
final class SQLiteConnection: WritingConnection {
    private let database: GRDB.Database
    /// A reader that is asked to write has met a bug; a writer that cannot has met a full or read-only disk.
    private let writes: Bool

    init(_ database: GRDB.Database, writes: Bool) {
        self.database = database
        self.writes = writes
    }

    var engine: Engine { .sqlite }

    func run(_ sql: SQL) throws -> Rows {
        let rendered = try sql.rendered(for: .sqlite)
        return try translatingErrors {
            let statement =
                try rendered.isOneOff
                ? database.makeStatement(sql: rendered.text) : database.cachedStatement(sql: rendered.text)
            let arguments = StatementArguments(rendered.values.map(\.databaseValue))
            let changesBefore = database.totalChangesCount
            var rows = Rows()
            if statement.columnCount == 0 {
                try statement.execute(arguments: arguments)
            } else {
                rows.columns = statement.columnNames
                let cursor = try GRDB.Row.fetchCursor(statement, arguments: arguments)
                while let row = try cursor.next() {
                    rows.values.append(row.databaseValues.map(SQLValue.init))
                }
            }
            // `changesCount` still tells of the statement before when this one changed nothing.
            rows.changed = database.totalChangesCount == changesBefore ? 0 : database.changesCount
            return rows
        }
    }

    func begin() throws {
        try control("BEGIN IMMEDIATE TRANSACTION")
    }

    func savepoint() throws {
        try control("SAVEPOINT write")
    }

    func releaseSavepoint() throws {
        try control("RELEASE SAVEPOINT write")
    }

    func rollbackToSavepoint() throws {
        try control("ROLLBACK TO SAVEPOINT write")
        try control("RELEASE SAVEPOINT write")
    }

    func commit(_ notices: [String]) throws {
        try control("COMMIT TRANSACTION")
    }

    func rollback() {
        guard database.isInsideTransaction else { return }
        // It fails only where SQLite has rolled back by itself already.
        try? control("ROLLBACK TRANSACTION")
    }

    private func control(_ text: String) throws {
        try translatingErrors { try database.cachedStatement(sql: text).execute() }
    }

    private func translatingErrors<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StorageError(error, writes: writes)
        }
    }
}

extension StorageError {
    init(_ error: DatabaseError, writes: Bool) {
        let message = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        self =
            switch error.resultCode {
            case .SQLITE_CONSTRAINT: .constraint(message)
            case .SQLITE_READONLY where !writes: .failed(message)
            case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN,
                .SQLITE_NOMEM, .SQLITE_INTERRUPT, .SQLITE_PROTOCOL:
                .unavailable(message)
            case .SQLITE_MISUSE where message == "Connection is closed": .unavailable("the database is closed")
            default: .failed(message)
            }
    }
}

extension SQLValue {
    fileprivate init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let integer): .integer(integer)
            case .double(let double): .real(double)
            case .string(let string): .text(string)
            case .blob(let data): .bytes(Array(data))
            }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let integer): integer.databaseValue
        case .real(let double): double.databaseValue
        case .text(let string): string.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        case .boolean(let boolean): boolean.databaseValue
        }
    }
}
