import Synchronization

/// How many are waiting for the hasher, with the bound in one place.
final class Waiting: Sendable {
    private let count = Mutex(0)

    func enter() -> Bool {
        count.withLock {
            guard $0 < PasswordHasher.maximumWaiting else { return false }
            $0 += 1
            return true
        }
    }

    func leave() {
        count.withLock { $0 -= 1 }
    }
}
