import Storage

// The only places that take messages away, but for the cascades of a channel's last row.
extension Message {
    /// How long it can be told that a message was deleted. Whoever was away for longer loads the channel again.
    static let tombstoneAge = Duration.days(30)

    /// Nothing stays but that there were messages.
    static func erase(_ ids: [ID], at now: Timestamp, _ tx: borrowing Transaction) throws {
        try strip(ids, tx)
        try tx.execute(
            """
            UPDATE messages
            SET content = '', label = NULL, nonce = NULL, card_key = NULL, mentions_everyone = FALSE,
                pinned_at = NULL, deleted_at = \(now), updated_at = \(now)
            WHERE id IN (\(list: ids))
            """)
    }

    /// Not even that stays.
    /// - Parameter ids: roots of threads only together with their threads.
    static func remove(_ ids: [ID], _ tx: borrowing Transaction) throws {
        try strip(ids, tx)
        try tx.execute("DELETE FROM messages WHERE id IN (\(list: ids))")
    }

    /// What is kept about messages elsewhere. A new place for that gets its line here.
    private static func strip(_ ids: [ID], _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM message_edits WHERE message_id IN (\(list: ids))")
        try tx.execute("DELETE FROM message_mentions WHERE message_id IN (\(list: ids))")
        try tx.execute("DELETE FROM reactions WHERE message_id IN (\(list: ids))")
        try tx.execute("DELETE FROM message_actions WHERE message_id IN (\(list: ids))")
        try LinkedPage.unlink(ids, tx)
        try removeSearchEntries(of: ids, tx)
        try Delivery.forget(ids, tx)
        try File.remove(of: ids, tx)
    }
}
