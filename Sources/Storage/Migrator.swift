import Foundation

/// One step of the schema: a name that is never used again and the statements that make it.
///
/// Steps are only ever appended to the list, and there is no way back.
public struct Migration: Sendable {
    public let name: String
    public let statements: [SQL]

    public init(_ name: StaticString, _ statements: SQL...) {
        self.name = name.description
        self.statements = statements
    }
}

/// Compares the list of migrations with what the database has had, and applies the rest.
struct Migrator: Sendable {
    let migrations: [Migration]

    /// Called before every start, so it is one look when there is nothing to do.
    func isPending(_ transaction: borrowing Transaction) throws -> Bool {
        try pending(transaction).count > 0
    }

    /// Applies all that are pending. The caller commits, so it is all of them or none.
    func apply(_ transaction: borrowing Transaction) throws {
        try transaction.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                name \(type: .key) NOT NULL PRIMARY KEY,
                position \(type: .integer) NOT NULL UNIQUE,
                applied_at \(type: .time) NOT NULL
            ) \(type: .strict)
            """)
        let pending = try pending(transaction)
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        for (position, migration) in zip(pending.indices, pending) {
            for statement in migration.statements {
                try transaction.execute(statement)
            }
            try transaction.execute(
                """
                INSERT INTO schema_migrations (name, position, applied_at)
                VALUES (\(migration.name), \(position), \(now))
                """)
        }
    }

    private func pending(_ transaction: borrowing Transaction) throws -> ArraySlice<Migration> {
        let applied = try applied(transaction)
        let known = Set(migrations.map(\.name))
        if let unknown = applied.first(where: { !known.contains($0) }) {
            throw StorageError.newerDatabase(found: unknown)
        }
        for (name, migration) in zip(applied, migrations) where name != migration.name {
            throw StorageError.failed("migration \(name) was applied where \(migration.name) belongs")
        }
        return migrations.dropFirst(applied.count)
    }

    private func applied(_ transaction: borrowing Transaction) throws -> [String] {
        let isPresent: Bool = try transaction.fetchRequired(
            """
            SELECT \(
                sqlite: "EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations')",
                postgres: "to_regclass('schema_migrations') IS NOT NULL") AS present
            """)
        guard isPresent else { return [] }
        return try transaction.fetchAll("SELECT name FROM schema_migrations ORDER BY position")
    }
}
