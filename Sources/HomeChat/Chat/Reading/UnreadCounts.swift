import Storage

/// What is new for one person in one channel: a function of how far they have read and of the messages, nothing else.
struct UnreadCounts: RowDecodable, Sendable {
    let channel: Channel.ID
    let user: User.ID
    let unread: Int64
    let mentions: Int64
    let lastReadID: Int64

    /// Counting stops here ("99+"), so that a channel nobody opens does not cost more each day.
    static let ceiling = 100

    init(row: Row) throws {
        channel = try row["channel_id"]
        user = try row["user_id"]
        unread = try row["unread_count"]
        mentions = try row["mention_count"]
        lastReadID = try row["last_read_id"]
    }
}

extension UnreadCounts {
    /// Messages of others after `position`, without notices of the house and those inside threads, which the timeline does not show.
    static func unread(of user: SQL, since position: SQL, in channel: SQL) -> SQL {
        """
        (SELECT COUNT(*) FROM (
            SELECT 1 FROM messages
            WHERE messages.channel_id = \(channel) AND messages.id > \(position) AND messages.author_id <> \(user)
                AND messages.deleted_at IS NULL AND messages.thread_id IS NULL AND messages.message_type <> 'system'
            LIMIT \(ceiling)) counted)
        """
    }

    /// Those that name the person or everybody; in a direct message, every one.
    static func mentions(of user: SQL, since position: SQL, in channel: SQL) -> SQL {
        """
        (SELECT COUNT(*) FROM (
            SELECT 1 FROM messages
            WHERE messages.channel_id = \(channel) AND messages.id > \(position) AND messages.author_id <> \(user)
                AND messages.deleted_at IS NULL
                AND (messages.mentions_everyone
                    OR EXISTS (SELECT 1 FROM message_mentions
                        WHERE message_mentions.message_id = messages.id AND message_mentions.user_id = \(user))
                    OR EXISTS (SELECT 1 FROM channels WHERE channels.id = messages.channel_id AND channels.type = 'dm'))
            LIMIT \(ceiling)) counted)
        """
    }

    static func unread(of user: User.ID, since position: SQL, in channel: SQL) -> SQL {
        let user: SQL = "\(user)"
        return unread(of: user, since: position, in: channel)
    }

    static func mentions(of user: User.ID, since position: SQL, in channel: SQL) -> SQL {
        let user: SQL = "\(user)"
        return mentions(of: user, since: position, in: channel)
    }

    /// For these people in these channels, as far as they are members: one query, however many they are.
    static func find(
        in channels: [Channel.ID], of users: [User.ID], _ tx: borrowing Transaction
    ) throws -> [UnreadCounts] {
        guard !channels.isEmpty, !users.isEmpty else { return [] }
        return try tx.fetchAll(
            """
            SELECT mine.channel_id, mine.user_id, mine.last_read_id,
                \(unread(of: "mine.user_id" as SQL, since: "mine.last_read_id", in: "mine.channel_id")) AS unread_count,
                \(mentions(of: "mine.user_id" as SQL, since: "mine.last_read_id", in: "mine.channel_id")) AS mention_count
            FROM memberships mine
            WHERE mine.channel_id IN (\(list: channels)) AND mine.user_id IN (\(list: users))
            """)
    }
}
