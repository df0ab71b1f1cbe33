import Storage

/// How far somebody has read, and what they want to hear of a channel.
package struct Reading: Sendable {
    let database: any Database

    /// Moves the read position forward, to `message` or to the newest.
    package func markRead(_ channel: Channel.ID, upTo message: Message.ID? = nil, as principal: Principal) async throws
    {
        try await move(channel, principal) { access, tx in
            let newest: Int64 = try tx.fetchRequired(
                "SELECT COALESCE(MAX(id), 0) FROM messages WHERE channel_id = \(access.channel)")
            let position = min(message?.value ?? newest, newest)
            return try tx.execute(
                """
                UPDATE memberships SET last_read_id = \(position)
                WHERE channel_id = \(access.channel) AND user_id = \(access.user) AND last_read_id < \(position)
                """)
        }
    }

    /// Makes `message` and all after it new again.
    package func markUnread(_ channel: Channel.ID, from message: Message.ID, as principal: Principal) async throws {
        try await move(channel, principal) { access, tx in
            try tx.execute(
                """
                UPDATE memberships
                SET last_read_id = COALESCE(
                    (SELECT MAX(id) FROM messages WHERE channel_id = \(access.channel) AND id < \(message)), 0)
                WHERE channel_id = \(access.channel) AND user_id = \(access.user)
                """)
        }
    }

    package func setNotifications(
        level: Membership.Level?, isMuted: Bool?, in channel: Channel.ID, as principal: Principal
    ) async throws {
        try await move(channel, principal) { access, tx in
            try tx.execute(
                """
                UPDATE memberships SET level = COALESCE(\(level?.rawValue), level), muted = COALESCE(\(isMuted), muted)
                WHERE channel_id = \(access.channel) AND user_id = \(access.user)
                """)
        }
    }

    /// The person's other devices hear of it; a change of nothing is not told.
    private func move(
        _ channel: Channel.ID, _ principal: Principal,
        _ change: @escaping @Sendable (ChannelAccess, borrowing Transaction) throws -> Int
    ) async throws {
        try await database.write { tx in
            let access = try ChannelAccess.require(.read, in: channel, for: principal, tx)
            guard access.isMember else { throw ChatError.forbidden("join the channel first") }
            if try change(access, tx) > 0 { tx.announce(.readMoved(channel, of: principal.user)) }
        }
    }
}
