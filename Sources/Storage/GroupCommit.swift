import Synchronization

/// Runs every write that waits in one transaction, so that one wait for the disk serves them all.
///
/// There is no timer: while a batch commits, the next one gathers. Each write has a savepoint, so that one that fails takes
/// nobody with it, and each caller is answered exactly once, after the commit.
final class GroupCommit: Sendable {
    static let batchLimit = 256
    static let queueLimit = 10_000

    private typealias Answer = @Sendable () -> Void

    private struct Write: Sendable {
        /// Returns what answers the caller, to be called when the transaction is durable.
        let run: @Sendable (borrowing Transaction) throws -> Answer
        let refuse: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Write] = []
        var isRunning = false
        var isClosed = false
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let perform: @Sendable (@escaping @Sendable (any WritingConnection) -> Void) -> Void
    private let committed: @Sendable ([String]) -> Void

    /// - Parameters:
    ///   - perform: runs a closure on the engine's writing thread, one after the other.
    ///   - committed: is told the notices of each batch, in the order of the commits and before the callers know.
    init(
        perform: @escaping @Sendable (@escaping @Sendable (any WritingConnection) -> Void) -> Void,
        committed: @escaping @Sendable ([String]) -> Void
    ) {
        self.perform = perform
        self.committed = committed
    }

    /// How many writes wait for their batch.
    var waiting: Int { state.withLock { $0.waiting.count } }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(
                Write(
                    run: { transaction in
                        let result = try body(transaction)
                        return { continuation.resume(returning: result) }
                    },
                    refuse: { continuation.resume(throwing: $0) }))
        }
    }

    /// Refuses what comes from now on and returns when everything that waits is answered.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isRunning { state.closing.append(continuation) }
                return !state.isRunning
            }
            if isIdle { continuation.resume() }
        }
    }

    private func enqueue(_ write: Write) {
        let (refusal, isFirst) = state.withLock { state -> (StorageError?, Bool) in
            if state.isClosed { return (.unavailable("the database is closed"), false) }
            if state.waiting.count >= Self.queueLimit { return (.unavailable("too many writes are waiting"), false) }
            state.waiting.append(write)
            defer { state.isRunning = true }
            return (nil, !state.isRunning)
        }
        if let refusal { write.refuse(refusal) }
        if isFirst { runNextBatch() }
    }

    private func runNextBatch() {
        perform { [self] connection in
            commit(takeBatch(), on: connection)
            let (goOn, closing) = state.withLock { state in
                state.isRunning = !state.waiting.isEmpty
                defer { if !state.isRunning { state.closing = [] } }
                return (state.isRunning, state.isRunning ? [] : state.closing)
            }
            if goOn { runNextBatch() }
            for caller in closing { caller.resume() }
        }
    }

    private func takeBatch() -> [Write] {
        state.withLock { state in
            let batch = state.waiting.prefix(Self.batchLimit)
            state.waiting.removeFirst(batch.count)
            return Array(batch)
        }
    }

    private func commit(_ batch: [Write], on connection: any WritingConnection) {
        do {
            let done = try batch.count == 1 ? runAlone(batch[0], on: connection) : run(batch, on: connection)
            committed(done.notices)
            for answer in done.answers { answer() }
        } catch {
            connection.rollback()
            for write in batch { write.refuse(error) }
        }
    }

    private struct Done {
        var answers: [Answer] = []
        var notices: [String] = []
    }

    /// A write that is alone needs no savepoint, and whatever it fails with is for its caller.
    private func runAlone(_ write: Write, on connection: any WritingConnection) throws -> Done {
        try connection.begin()
        let done = try run(write, on: connection)
        do {
            try connection.commit(done.notices)
        } catch let error as StorageError {
            // A deferred constraint is the write's own doing; anything else at this point leaves the outcome open.
            if case .constraint = error { throw error }
            throw error.asUnavailable
        }
        return done
    }

    /// Throws only when the transaction as a whole is lost, and then `unavailable`: nothing of it was stored, or nobody knows.
    private func run(_ batch: [Write], on connection: any WritingConnection) throws(StorageError) -> Done {
        do {
            var batchDone = Done()
            try connection.begin()
            for write in batch {
                try connection.savepoint()
                do {
                    let done = try run(write, on: connection)
                    try connection.releaseSavepoint()
                    batchDone.answers += done.answers
                    batchDone.notices += done.notices
                } catch {
                    try connection.rollbackToSavepoint()
                    batchDone.answers.append { write.refuse(error) }
                }
            }
            try connection.commit(batchDone.notices)
            return batchDone
        } catch let error as StorageError {
            throw error.asUnavailable
        } catch {
            throw .unavailable("the transaction was lost: \(error)")
        }
    }

    private func run(_ write: Write, on connection: any WritingConnection) throws -> Done {
        let outbox = Outbox()
        let answer = try write.run(Transaction(connection, outbox: outbox))
        try Notice.check(outbox.notices)
        return Done(answers: [answer], notices: outbox.notices)
    }
}

extension StorageError {
    fileprivate var asUnavailable: StorageError {
        if case .unavailable = self { return self }
        return .unavailable("the transaction was lost: \(self)")
    }
}
