import Storage

/// A channel in which something is too old.
struct DueMessages: RowDecodable, Sendable {
    let channel: Channel.ID
    /// `Retention.mostInTurn` at most are counted.
    let count: Int64

    init(row: Row) throws {
        channel = try row["channel_id"]
        count = try row["due"]
    }

    static func all(at moment: Timestamp, _ tx: borrowing Transaction) throws -> [DueMessages] {
        let days = try SiteSettings.load(tx).retentionDays
        let isDue: SQL = """
            messages.channel_id = kept.id AND messages.deleted_at IS NULL
                AND messages.created_at < \(moment) - kept.days * 86400000
            """
        return try tx.fetchAll(
            """
            SELECT kept.id AS channel_id, (
                SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE \(isDue) LIMIT \(Retention.mostInTurn)) old) AS due
            FROM (
                SELECT id, COALESCE(retention_days, \(days)) AS days FROM channels WHERE deleted_at IS NULL) kept
            WHERE kept.days IS NOT NULL AND EXISTS (SELECT 1 FROM messages WHERE \(isDue))
            ORDER BY kept.id
            """)
    }

    /// The oldest that are to go.
    static func slice(
        of channel: Channel.ID, at moment: Timestamp, limit: Int, _ tx: borrowing Transaction
    ) throws -> [Message.ID] {
        guard let channel = try Channel.find(channel, tx),
            let days = try channel.retentionDays ?? SiteSettings.load(tx).retentionDays
        else { return [] }
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT id FROM messages
            WHERE channel_id = \(channel.id) AND deleted_at IS NULL AND created_at < \(moment - .days(days))
            ORDER BY created_at
            LIMIT \(limit)
            """)
        return ids.map(Message.ID.init)
    }
}

extension Message {
    /// Erased before then, and nobody's thread hangs on them.
    static func tombstones(
        before moment: Timestamp, atMost limit: Int, _ tx: borrowing Transaction
    ) throws -> [ID] {
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT messages.id FROM messages
            WHERE messages.deleted_at < \(moment)
                AND NOT EXISTS (SELECT 1 FROM messages answers WHERE answers.thread_id = messages.id)
            ORDER BY messages.deleted_at
            LIMIT \(limit)
            """)
        return ids.map(ID.init)
    }
}
