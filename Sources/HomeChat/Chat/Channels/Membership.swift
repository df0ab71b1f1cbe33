import Storage

/// That somebody takes part in a channel, how far they have read, and what they want to hear of it.
package struct Membership: Sendable {
    package enum Level: String, Sendable, CaseIterable {
        case all, mentions, nothing
    }
}

extension Membership {
    /// Joining again changes nothing. Who joins has read everything so far: old talk is not news.
    /// - Returns: whether this made them a member.
    @discardableResult
    static func begin(
        _ user: User.ID, in channel: Channel.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO memberships (channel_id, user_id, joined_at, last_read_id, level)
            VALUES (\(channel), \(user), \(now),
                COALESCE((SELECT MAX(id) FROM messages WHERE channel_id = \(channel)), 0), 'all')
            ON CONFLICT (channel_id, user_id) DO NOTHING
            """) > 0
    }

    static func end(_ user: User.ID, in channel: Channel.ID, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute("DELETE FROM memberships WHERE channel_id = \(channel) AND user_id = \(user)") > 0
    }

    static func exists(_ user: User.ID, in channel: Channel.ID, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            "SELECT user_id FROM memberships WHERE channel_id = \(channel) AND user_id = \(user)")
        return found != nil
    }

    static func members(of channel: Channel.ID, limit: Int = 1000, _ tx: borrowing Transaction) throws -> [User] {
        try tx.fetchAll(
            """
            SELECT \(User.columns) FROM memberships JOIN users ON users.id = memberships.user_id
            WHERE memberships.channel_id = \(channel)
            ORDER BY users.name_key
            LIMIT \(limit)
            """)
    }

    static func channels(of user: User.ID, _ tx: borrowing Transaction) throws -> [Channel.ID] {
        let ids: [Int64] = try tx.fetchAll(
            "SELECT channel_id FROM memberships WHERE user_id = \(user) ORDER BY channel_id")
        return ids.map(Channel.ID.init)
    }
}
