import Foundation
internal import GRDB
import Logging
import Synchronization

/// Moves what was committed from the WAL into the database, on a connection of its own, beside the writer.
///
/// SQLite's own automatic checkpoint does it in the commit that reaches 1,000 pages, which then takes many times as long.
final class Checkpointer: Sendable {
    /// A passive checkpoint is due when the WAL has grown by this much …
    private static let growth = 1_000 * pageBytes
    /// … or, since it does not grow while it is written from its beginning again, after this many batches.
    private static let batches = 200
    /// A writer that never pauses keeps the WAL from starting again, since there is always a page that was not moved yet.
    /// Beyond this many pages, the writing thread moves the last few itself.
    private static let longestLog = 4_000
    /// How long it then waits for readers that still use the WAL, and writes with it. If they take longer: another time.
    private static let patience = Duration.milliseconds(100)
    private static let pageBytes = 4_096

    private struct State {
        var batches = 0
        var bytes = 0
        var isRunning = false
        var isClosed = false
        var connection: DatabaseQueue?
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "homechat.storage.checkpoint", qos: .utility)
    private let pool: DatabasePool
    private let logger: Logger

    init(pool: DatabasePool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// Called after each batch, on the writing thread.
    func committed() {
        let bytes = walBytes
        let isDue = state.withLock { state in
            state.batches += 1
            guard !state.isRunning, !state.isClosed else { return false }
            state.isRunning = state.batches >= Self.batches || bytes - state.bytes >= Self.growth
            return state.isRunning
        }
        if isDue { queue.async { self.checkpoint() } }
    }

    func close() async {
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                // Left to SQLite if it fails: the process is about to end.
                try? state.withLock { $0.connection }?.close()
                continuation.resume()
            }
        }
    }

    private func checkpoint() {
        do {
            let pages = try connection().writeWithoutTransaction { try $0.checkpoint(.passive).walFrameCount }
            logger.debug("Checkpointed", metadata: ["wal_pages": "\(pages)"])
            if pages > Self.longestLog {
                pool.asyncWriteWithoutTransaction { database in
                    self.restartLog(database)
                    self.finished()
                }
                return
            }
        } catch {
            // A later commit tries again; until then the WAL is longer, which costs space and nothing else.
            logger.debug("Checkpoint put off", metadata: ["error": "\(error)"])
        }
        finished()
    }

    private func restartLog(_ database: GRDB.Database) {
        let usual = SQLiteDatabase.busyTimeout
        do {
            try database.setBusyTimeout(Self.patience)
            defer { try? database.setBusyTimeout(usual) }  // fails only where the database is closed
            try database.checkpoint(.restart)
        } catch {
            logger.debug("The WAL could not start again yet", metadata: ["error": "\(error)"])
        }
    }

    private func finished() {
        let bytes = walBytes
        state.withLock { state in
            state.batches = 0
            state.bytes = bytes
            state.isRunning = false
        }
    }

    private func connection() throws -> DatabaseQueue {
        if let connection = state.withLock({ $0.connection }) { return connection }
        var configuration = pool.configuration
        configuration.label = "homechat.storage.checkpoint"
        let connection = try DatabaseQueue(path: pool.path, configuration: configuration)
        state.withLock { $0.connection = connection }
        return connection
    }

    private var walBytes: Int {
        var status = stat()
        return stat(pool.path + "-wal", &status) == 0 ? Int(status.st_size) : 0
    }
}

extension GRDB.Database {
    fileprivate func setBusyTimeout(_ timeout: Duration) throws {
        // A pragma takes no parameters; this is a number.
        try execute(sql: "PRAGMA busy_timeout = \(Int(timeout / .milliseconds(1)))")
    }
}
