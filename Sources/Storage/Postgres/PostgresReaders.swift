import Synchronization

/// A few sessions that read; who finds none free waits for the next.
final class PostgresReaders: Sendable {
    private typealias Job = @Sendable (PostgresSession) -> Void

    private struct State {
        var idle: [PostgresSession]
        var waiting: [Job] = []
    }

    private let sessions: [PostgresSession]
    private let state: Mutex<State>

    init(url: String, count: Int) {
        sessions = (1...max(1, count)).map { PostgresSession(url: url, label: "homechat.storage.reader.\($0)") }
        state = Mutex(State(idle: sessions))
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            enqueue { session in
                continuation.resume(with: Swift.Result { try Self.run(body, on: session) })
            }
        }
    }

    func close() async throws {
        for session in sessions { try await session.close() }
    }

    private static func run<Result>(
        _ body: (borrowing Transaction) throws -> Result, on session: PostgresSession
    ) throws -> Result {
        do {
            try session.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            let result = try body(Transaction(session))
            try session.commit()
            return result
        } catch {
            session.rollback()
            throw error
        }
    }

    private func enqueue(_ job: @escaping Job) {
        let session = state.withLock { state in
            let session = state.idle.popLast()
            if session == nil { state.waiting.append(job) }
            return session
        }
        session.map { run(job, on: $0) }
    }

    private func run(_ job: @escaping Job, on session: PostgresSession) {
        session.queue.async { [self] in
            job(session)
            let next = state.withLock { state in
                if state.waiting.isEmpty { state.idle.append(session) }
                return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            }
            next.map { run($0, on: session) }
        }
    }
}
