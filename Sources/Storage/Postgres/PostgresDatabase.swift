import Logging

/// One database that several nodes share: each has one session that writes, a few that read and one that listens.
public final class PostgresDatabase: Database {
    public let engine = Engine.postgres

    let writes: GroupCommit
    private let writer: PostgresWriter
    private let readers: PostgresReaders
    private let listener: PostgresListener
    private let inbox = NoticeInbox()
    private let reads = WaitingReads()

    public init(url: String, readers: Int = 4, logger: Logger) async throws {
        try PostgresConnection.check(url: url)
        let writer = PostgresWriter(url: url, label: "homechat.storage.writer")
        self.writer = writer
        self.readers = PostgresReaders(url: url, count: readers)
        listener = PostgresListener(url: url, inbox: inbox, logger: logger)
        writes = GroupCommit(
            perform: { work in writer.queue.async { work(writer) } },
            committed: { _ in })  // they went with the transaction, and come back through the listener
        try await writer.connect()
    }

    public var notices: AsyncStream<Notices> { inbox.stream }

    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        try await reads.count { try await readers.read(body) }
    }

    @discardableResult public func write<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        try await writes.write(body)
    }

    public func announce(_ notice: String) async throws {
        // Through the writer, so that it keeps its place among the notices of writes.
        try await writes.write { $0.announce(notice) }
    }

    public func listenForNotices() async throws {
        try await listener.start()
    }

    public func migrate(_ migrations: [Migration]) async throws {
        let migrator = Migrator(migrations: migrations)
        guard try await read({ try migrator.isPending($0) }) else { return }
        try await writer.onQueue { [writer] in
            do {
                // Two nodes that start at once: the lock lets one go first, and the other finds nothing to do.
                try writer.begin("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
                _ = try writer.run("SELECT pg_advisory_xact_lock(\(sqlite: "", postgres: PostgresWriter.lock))")
                try migrator.apply(Transaction(writer))
                try writer.commit()
            } catch {
                writer.rollback()
                throw error
            }
        }
    }

    public func close() async throws {
        await writes.close()
        listener.close()
        inbox.finish()
        try await readers.close()
        try await writer.close()
    }
}
