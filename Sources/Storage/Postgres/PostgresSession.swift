import Dispatch

/// A connection that is made when it is needed and made again when it is lost, with a thread of its own to wait on.
///
/// `@unchecked` because what may change is only touched on `queue`.
class PostgresSession: Connection, @unchecked Sendable {
    let queue: DispatchQueue
    private let url: String
    private var connection: PostgresConnection?
    private var isClosed = false
    /// When the last try to connect failed. A server that cannot be reached takes seconds to fail; those who wait for their
    /// turn are not to wait for that one after the other.
    private var failure: (at: ContinuousClock.Instant, error: any Error)?

    init(url: String, label: String) {
        self.url = url
        queue = DispatchQueue(label: label)
    }

    var engine: Engine { .postgres }

    func run(_ sql: SQL) throws -> Rows {
        try inTransaction().run(sql)
    }

    /// Begins a transaction. A connection that was lost while it lay idle shows only now, and nothing has run yet: once more.
    func begin(_ text: String) throws {
        do {
            try connected().control(text)
        } catch StorageError.unavailable where connection?.isUsable == false {
            connection = nil
            try connected().control(text)
        }
    }

    func commit() throws {
        // The server answers COMMIT with ROLLBACK, and no error, when somebody caught an error and carried on.
        guard try inTransaction().control("COMMIT") == "COMMIT" else {
            throw StorageError.failed("a statement failed before the COMMIT")
        }
    }

    func rollback() {
        guard let connection else { return }
        do {
            if connection.isUsable, connection.isInTransaction { try connection.control("ROLLBACK") }
            if !connection.isUsable { self.connection = nil }
        } catch {
            self.connection = nil
        }
    }

    /// Makes sure that there is a server to talk to.
    func connect() async throws {
        try await onQueue { _ = try self.connected() }
    }

    func close() async throws {
        try await onQueue {
            self.isClosed = true
            self.connection = nil
        }
    }

    func onQueue<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// The connection of the transaction that has begun; never a new one, which would know nothing of it.
    final func inTransaction() throws -> PostgresConnection {
        guard let connection else { throw StorageError.unavailable("the connection is lost") }
        return connection
    }

    private func connected() throws -> PostgresConnection {
        if let connection, connection.isUsable { return connection }
        connection = nil
        if isClosed { throw StorageError.unavailable("the database is closed") }
        if let failure, failure.at.duration(to: .now) < .seconds(1) { throw failure.error }
        do {
            let new = try PostgresConnection(url: url)
            connection = new
            failure = nil
            return new
        } catch {
            failure = (.now, error)
            throw error
        }
    }
}

/// The one session of this node that writes.
///
/// `@unchecked` for the same reason: what it holds is only touched on `queue`.
final class PostgresWriter: PostgresSession, WritingConnection, @unchecked Sendable {
    /// "HomeChat" in ASCII. Whoever holds it is the only writer among all nodes, so commits have one order.
    static let lock: StaticString = "5219564093246204276"

    /// The savepoint before is released together with the next one, which saves a round trip for each write.
    private var hasSavepoint = false

    func begin() throws {
        hasSavepoint = false
        try begin("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(\(Self.lock))")
    }

    func savepoint() throws {
        try inTransaction().control(hasSavepoint ? "RELEASE SAVEPOINT write; SAVEPOINT write" : "SAVEPOINT write")
        hasSavepoint = true
    }

    func releaseSavepoint() throws {
        guard try !inTransaction().isGivenUp else { throw StorageError.failed("a statement failed before the end") }
    }

    func rollbackToSavepoint() throws {
        try inTransaction().control("ROLLBACK TO SAVEPOINT write")
    }

    func commit(_ notices: [String]) throws {
        for payload in Notice.packed(notices) {
            _ = try run("SELECT pg_notify('homechat', \(payload))")
        }
        try commit()
    }
}
