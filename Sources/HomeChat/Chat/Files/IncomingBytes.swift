import Synchronization

/// What is coming in just now, in bytes: it takes room on the disk before it is anybody's file.
final class IncomingBytes: Sendable {
    struct Sums: Sendable {
        let person: Int64
        let all: Int64
    }

    private let counts = Mutex<[User.ID: Int64]>([:])

    /// What one request brings of it, until it is written down or gone.
    func share(of user: User.ID) -> IncomingShare { IncomingShare(all: self, user: user) }

    fileprivate func add(_ bytes: Int64, for user: User.ID) -> Sums {
        counts.withLock { counts in
            counts[user, default: 0] += bytes
            return Sums(person: counts[user] ?? 0, all: counts.values.reduce(0, +))
        }
    }

    fileprivate func remove(_ bytes: Int64, for user: User.ID) {
        counts.withLock { counts in
            let left = (counts[user] ?? 0) - bytes
            counts[user] = left > 0 ? left : nil
        }
    }
}

/// The bytes of one request among those that are coming in.
final class IncomingShare: Sendable {
    private let all: IncomingBytes
    private let user: User.ID
    private let open = Mutex<Int64>(0)

    fileprivate init(all: IncomingBytes, user: User.ID) {
        (self.all, self.user) = (all, user)
    }

    /// - Returns: what is coming in with these.
    func add(_ bytes: Int64) -> IncomingBytes.Sums {
        open.withLock { $0 += bytes }
        return all.add(bytes, for: user)
    }

    /// Of a file that is counted among those that are there.
    func settle(_ bytes: Int64) {
        open.withLock { $0 -= bytes }
        all.remove(bytes, for: user)
    }

    /// The rest: it is not there any more.
    func end() {
        let rest = open.withLock { open in
            defer { open = 0 }
            return open
        }
        all.remove(rest, for: user)
    }
}
