import Synchronization

/// What is coming in just now, in bytes: it takes room on the disk before it is anybody's file.
final class IncomingBytes: Sendable {
    struct Sums: Sendable {
        let person: Int64
        let all: Int64
    }

    private let counts = Mutex<[User.ID: Int64]>([:])

    /// - Returns: what there is with these.
    func add(_ bytes: Int64, for user: User.ID) -> Sums {
        counts.withLock { counts in
            counts[user, default: 0] += bytes
            return Sums(person: counts[user] ?? 0, all: counts.values.reduce(0, +))
        }
    }

    func remove(_ bytes: Int64, for user: User.ID) {
        counts.withLock { counts in
            let left = (counts[user] ?? 0) - bytes
            counts[user] = left > 0 ? left : nil
        }
    }
}
