import Dispatch
import Synchronization

/// Bounds how many reads wait, since each keeps a task and its closure.
final class WaitingReads: Sendable {
    static let limit = 10_000

    private let number = Mutex(0)

    func count<Result>(_ read: () async throws -> Result) async throws -> Result {
        let isAdmitted = number.withLock { number in
            guard number < Self.limit else { return false }
            number += 1
            return true
        }
        guard isAdmitted else { throw StorageError.unavailable("too many reads are waiting") }
        defer { number.withLock { $0 -= 1 } }
        return try await read()
    }
}

/// For what blocks and has no thread of its own.
func offCooperativeThreads<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Swift.Result { try body() }) }
    }
}
