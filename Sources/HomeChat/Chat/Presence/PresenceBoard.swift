import Synchronization

/// Who has an open connection to this node, and who listens to their own news. A count, because people have many tabs.
final class PresenceBoard: Sendable {
    private let counts = Mutex<[User.ID: Int]>([:])

    var people: [User.ID] { counts.withLock { Array($0.keys) } }

    func contains(_ user: User.ID) -> Bool { counts.withLock { $0[user] != nil } }

    /// - Returns: whether this was their first.
    func enter(_ user: User.ID) -> Bool {
        counts.withLock {
            let before = $0[user] ?? 0
            $0[user] = before + 1
            return before == 0
        }
    }

    /// - Returns: whether this was their last.
    func leave(_ user: User.ID) -> Bool {
        counts.withLock {
            let before = $0[user] ?? 0
            $0[user] = before > 1 ? before - 1 : nil
            return before == 1
        }
    }
}
