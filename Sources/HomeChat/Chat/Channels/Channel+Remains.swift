import Storage

extension Channel {
    static func areRemains(_ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne("SELECT id FROM channels WHERE deleted_at IS NOT NULL LIMIT 1")
        return found != nil
    }

    /// A slice of what deleted channels left, so that nobody waits while the rest is still there.
    static func removeRemains(atMost limit: Int, _ tx: borrowing Transaction) throws {
        let channel: ID? = try tx.fetchOne(
            "SELECT id FROM channels WHERE deleted_at IS NOT NULL ORDER BY deleted_at, id LIMIT 1", as: Int64.self
        ).map(ID.init)
        guard let channel else { return }
        // The newest first: the root of a thread would take the whole thread along.
        let ids: [Int64] = try tx.fetchAll(
            "SELECT id FROM messages WHERE channel_id = \(channel) ORDER BY id DESC LIMIT \(limit)")
        try Message.remove(ids.map(Message.ID.init), tx)
        if ids.count < limit { try tx.execute("DELETE FROM channels WHERE id = \(channel)") }
    }
}
