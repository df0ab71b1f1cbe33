public enum Engine: String, Sendable {
    case sqlite, postgres
}

/// Where everything is kept that must survive a restart, on either engine.
///
/// There is one writer at a time. A closure takes a few milliseconds at most and does nothing but read, decide and write;
/// it never catches a database error to carry on, since PostgreSQL has given the transaction up by then.
public protocol Database: Sendable {
    var engine: Engine { get }

    /// Runs the closure on an unchanging view of the database. The engine refuses it to write.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result

    /// Runs the closure while nobody else writes, and returns when what it wrote is durable.
    ///
    /// `StorageError.unavailable` may mean that the outcome is unknown. A write is not given up when its task is cancelled.
    @discardableResult func write<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result

    /// Says something to whoever listens, on every node, without storing it.
    func announce(_ notice: String) async throws

    /// Makes this process one that hears notices; without it, `notices` stays silent. A server calls it, a command does not.
    func listenForNotices() async throws

    /// What was announced, in the order of the commits. For one consumer.
    var notices: AsyncStream<Notices> { get }

    /// Brings the schema up to date; see `Migration`.
    func migrate(_ migrations: [Migration]) async throws

    /// Refuses what comes from now on and returns when every write that was waiting is done.
    func close() async throws
}

public enum Notices: Sendable, Hashable {
    /// What was announced since the last time, in order.
    case said([String])
    /// Something may have been missed: whoever follows along must catch up by reading.
    case gap
}

public enum StorageError: Error, Sendable, Hashable {
    /// The connection is lost, the outcome of a COMMIT is unknown, the database is busy, full, read-only or closed.
    case unavailable(String)
    /// A unique, foreign key, not-null or check constraint does not hold; with the name or text that the engine gives.
    case constraint(String)
    case noRow
    case missingColumn(String)
    case wrongType(column: String)
    /// The database was migrated by a newer binary, which knew this migration.
    case newerDatabase(found: String)
    case failed(String)
}
