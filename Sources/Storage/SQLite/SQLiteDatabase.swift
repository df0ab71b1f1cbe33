import Foundation
internal import GRDB
import Logging
import Synchronization

/// One file, one writer, a few readers that see the last commit while the next is written.
public final class SQLiteDatabase: Database {
    public let engine = Engine.sqlite

    /// How long SQLite waits for another process that writes.
    static let busyTimeout = Duration.seconds(5)

    let writes: GroupCommit
    private let pool: DatabasePool
    private let checkpointer: Checkpointer
    private let inbox: NoticeInbox
    private let outlet: NoticeOutlet
    private let reads = WaitingReads()
    private let isClosed = Mutex(false)

    /// - Parameter controlSocket: where a server takes the notices of other processes that work on the same file.
    ///   Until `listenForNotices` makes this process that server, it is the one that hands them over.
    public init(path: String, controlSocket: String?, logger: Logger) throws {
        try Self.createPrivateFile(path)
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            try pool.writeWithoutTransaction { database in
                // GRDB sets NORMAL while it opens, which may lose what was acknowledged when the power fails.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                // `Checkpointer` does it, so that nobody's write has to wait for it.
                try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            }
        } catch let error as DatabaseError {
            throw StorageError(error, writes: true)
        }
        inbox = NoticeInbox()
        outlet = NoticeOutlet(socketPath: controlSocket, inbox: inbox, logger: logger)
        checkpointer = Checkpointer(pool: pool, logger: logger)
        writes = GroupCommit(
            perform: { [pool] work in
                pool.asyncWriteWithoutTransaction { work(SQLiteConnection($0, writes: true)) }
            },
            committed: { [outlet, checkpointer] notices in
                outlet.deliver(notices)
                checkpointer.committed()
            })
    }

    public var notices: AsyncStream<Notices> { inbox.stream }

    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        try await reads.count {
            try await withCheckedThrowingContinuation { continuation in
                pool.asyncRead { access in
                    continuation.resume(
                        with: Swift.Result {
                            do {
                                return try body(Transaction(SQLiteConnection(access.get(), writes: false)))
                            } catch let error as DatabaseError {
                                throw StorageError(error, writes: false)
                            }
                        })
                }
            }
        }
    }

    @discardableResult public func write<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        try await writes.write(body)
    }

    public func announce(_ notice: String) async throws {
        try Notice.check([notice])
        if outlet.isInThisProcess {
            outlet.deliver([notice])
        } else {
            // Handing over waits for the server, which is for the writing thread and not for this one.
            try await onWritingThread { [outlet] _ in outlet.deliver([notice]) }
        }
    }

    public func listenForNotices() async throws {
        try outlet.becomeServer()
    }

    public func migrate(_ migrations: [Migration]) async throws {
        let migrator = Migrator(migrations: migrations)
        guard try await read({ try migrator.isPending($0) }) else { return }
        try await onWritingThread { database in
            // To change a table, SQLite wants it made anew, and dropping the old one would cascade.
            try database.execute(sql: "PRAGMA foreign_keys = OFF")
            let connection = SQLiteConnection(database, writes: true)
            defer {
                connection.rollback()
                // Cannot fail: the pragma is only ignored inside a transaction, and there is none.
                try? database.execute(sql: "PRAGMA foreign_keys = ON")
            }
            try connection.begin()
            try migrator.apply(Transaction(connection))
            try database.checkForeignKeys()
            try connection.commit([])
        }
    }

    public func close() async throws {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        guard isFirst else { return }
        await writes.close()
        outlet.close()
        inbox.finish()
        await checkpointer.close()
        try await onWritingThread { [outlet] database in
            // Where it fails, the pages stay in the WAL and are read from there next time.
            _ = try? database.checkpoint(outlet.isInThisProcess ? .truncate : .passive)
        }
        try await offCooperativeThreads { [pool] in try pool.close() }
    }

    private func onWritingThread(_ body: @escaping @Sendable (GRDB.Database) throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { database in
                continuation.resume(
                    with: Result {
                        do {
                            try body(database)
                        } catch let error as DatabaseError {
                            throw StorageError(error, writes: true)
                        }
                    })
            }
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.persistentReadOnlyConnections = true
        configuration.busyMode = .timeout(busyTimeout / .seconds(1))
        configuration.label = "homechat.storage"
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA temp_store = MEMORY") }
        return configuration
    }

    /// SQLite gives the WAL the rights of the file, so the file is made with the right ones.
    ///
    /// Only when it is new: closing a descriptor of a file drops all locks that this process has on it.
    private static func createPrivateFile(_ path: String) throws {
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            _ = Glibc.close(descriptor)
        } else if errno != EEXIST {
            throw StorageError.unavailable("cannot create \(path): \(String(cString: strerror(errno)))")
        }
    }
}
