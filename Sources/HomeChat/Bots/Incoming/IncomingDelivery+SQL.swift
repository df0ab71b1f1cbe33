import Storage

/// What a sender called a delivery, kept for a day: the same again is not posted twice.
enum IncomingDelivery {
    static let memory = Duration.hours(24)

    /// - Returns: false where it was there already.
    static func note(
        _ key: String, for bot: Bot.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO incoming_deliveries (bot_id, delivery_key, received_at) VALUES (\(bot), \(key), \(now))
            ON CONFLICT (bot_id, delivery_key) DO UPDATE SET received_at = excluded.received_at
            WHERE incoming_deliveries.received_at <= \(now - memory)
            """) > 0
    }

    static func forget(at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM incoming_deliveries WHERE received_at <= \(now - memory)")
    }

    static func hasOld(at now: Timestamp, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            "SELECT bot_id FROM incoming_deliveries WHERE received_at <= \(now - memory) LIMIT 1")
        return found != nil
    }
}

extension Message {
    /// Gives a card another key, under which it takes the place of an older one.
    static func renameCard(
        _ id: ID, to key: String, by access: ChannelAccess, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE messages SET card_key = NULL
            WHERE channel_id = \(access.channel) AND author_id = \(access.user) AND card_key = \(key)
            """)
        try tx.execute("UPDATE messages SET card_key = \(key) WHERE id = \(id)")
    }
}
