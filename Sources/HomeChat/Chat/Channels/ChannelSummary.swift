import Storage

/// A channel as one person sees it: with what is new for them.
package struct ChannelSummary: Sendable {
    package let channel: Channel
    package let memberCount: Int64
    package let onlineCount: Int64
    package let isMember: Bool
    package let canManage: Bool
    /// Whether this person may say how long messages stay.
    package let canRetain: Bool
    /// How many days they do; nil: for ever.
    package let keptDays: Int64?
    package let lastReadID: Int64
    package let level: Membership.Level
    package let isMuted: Bool
    package let unreadCount: Int64
    package let mentionCount: Int64
    package let lastMessage: LastMessage?
    /// For a direct message: the other people in it.
    package let others: [User]

    package struct LastMessage: Sendable {
        package let id: Message.ID
        /// What was said, or else what it came with.
        package internal(set) var content: String
        package let createdAt: Timestamp
        package let author: User.ID
        package let username: String
    }

    /// What to call it in a list.
    package var title: String {
        guard channel.kind == .dm else { return channel.name }
        return others.isEmpty ? "Notes to self" : others.map(\.displayName).joined(separator: ", ")
    }
}

extension ChannelSummary {
    /// Which channels a list is about.
    enum Selection {
        /// Every public channel and all that the person is in.
        case visible
        case joined
        case direct
        case one(Channel.ID)
    }

    static func all(
        _ selection: Selection, for principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws
        -> [ChannelSummary]
    {
        let lines = try Line.fetch(selection, for: principal, at: now, tx)
        let wordless = lines.compactMap(\.lastMessage).filter(\.content.isEmpty).map(\.id)
        let files = wordless.isEmpty ? [:] : try File.find(of: wordless, tx)
        let directs = lines.filter { $0.channel.kind == .dm }.map(\.channel.id)
        let others = try Participant.others(in: directs, than: principal.user, tx)
        return lines.map { line in
            var last = principal.has(.messagesRead) ? line.lastMessage : nil
            if let id = last?.id, let files = files[id] { last?.content = FileWords.summary(files) }
            return ChannelSummary(
                channel: line.channel, memberCount: line.memberCount, onlineCount: line.onlineCount,
                isMember: line.isMember,
                canManage: !line.isSecurity && line.isManaged(by: principal), canRetain: line.isManaged(by: principal),
                keptDays: line.channel.retentionDays ?? line.serverDays,
                lastReadID: line.lastReadID, level: line.level, isMuted: line.isMuted, unreadCount: line.unreadCount,
                mentionCount: line.mentionCount, lastMessage: last,
                others: others[line.channel.id] ?? [])
        }
    }

    static func one(
        _ id: Channel.ID, for principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> ChannelSummary {
        guard let summary = try all(.one(id), for: principal, at: now, tx).first else {
            throw ChatError.notFound("channel")
        }
        return summary
    }
}

/// One row of the list, before the people of direct messages are added.
private struct Line: RowDecodable {
    let channel: Channel
    let memberCount, onlineCount, lastReadID, unreadCount, mentionCount: Int64
    let isMember, isMuted, isSecurity: Bool
    let serverDays: Int64?
    let level: Membership.Level
    let lastMessage: ChannelSummary.LastMessage?

    init(row: Row) throws {
        channel = try Channel(row: row)
        memberCount = try row["member_count"]
        onlineCount = try row["online_count"]
        let member: User.ID? = try row["member_id"]
        isMember = member != nil
        let purpose: String? = try row["purpose"]
        isSecurity = purpose == SecurityChannel.purpose
        let days: String? = try row["server_days"]
        serverDays = days.flatMap { Int64($0) }
        lastReadID = try row["last_read_id"] ?? 0
        isMuted = try row["muted"] ?? false
        level = try Membership.Level(rawValue: row["level"] ?? "all") ?? .all
        unreadCount = isMember ? try row["unread_count"] : 0
        mentionCount = isMember ? try row["mention_count"] : 0
        if let id: Message.ID = try row["message_id"] {
            lastMessage = try ChannelSummary.LastMessage(
                id: id, content: row["message_content"], createdAt: row["message_created_at"],
                author: row["message_author_id"],
                username: row["message_username"])
        } else {
            lastMessage = nil
        }
    }

    func isManaged(by principal: Principal) -> Bool {
        channel.kind != .dm && !principal.isRestricted && (principal.isAdmin || channel.owner == principal.user)
    }

    static func fetch(
        _ selection: ChannelSummary.Selection, for principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    )
        throws -> [Line]
    {
        let user = principal.user
        let isReadable = ChannelAccess.isReadable(by: principal)
        let condition: SQL =
            switch selection {
            case .visible: isReadable
            case .joined: "mine.user_id IS NOT NULL AND \(isReadable)"
            case .direct: "channels.type = 'dm' AND mine.user_id IS NOT NULL AND \(isReadable)"
            case .one(let id): "channels.id = \(id)"
            }
        return try tx.fetchAll(
            """
            SELECT \(Channel.columns), channels.purpose,
                (SELECT value FROM settings WHERE key = \(SiteSettings.Key.retentionDays.rawValue)) AS server_days, mine.user_id AS member_id, mine.last_read_id, mine.level, mine.muted,
                (SELECT COUNT(*) FROM memberships WHERE memberships.channel_id = channels.id) AS member_count,
                (SELECT COUNT(*) FROM memberships JOIN users ON users.id = memberships.user_id
                    WHERE memberships.channel_id = channels.id AND users.online_until > \(now)) AS online_count,
                \(UnreadCounts.unread(of: user, since: "mine.last_read_id", in: "channels.id")) AS unread_count,
                \(UnreadCounts.mentions(of: user, since: "mine.last_read_id", in: "channels.id")) AS mention_count,
                latest.id AS message_id, latest.content AS message_content, latest.created_at AS message_created_at,
                latest.author_id AS message_author_id, author.username AS message_username
            FROM channels
            LEFT JOIN memberships mine ON mine.channel_id = channels.id AND mine.user_id = \(user)
            LEFT JOIN messages latest ON latest.id = (
                SELECT MAX(id) FROM messages WHERE messages.channel_id = channels.id AND messages.deleted_at IS NULL)
            LEFT JOIN users author ON author.id = latest.author_id
            WHERE \(condition)
            ORDER BY channels.name_key, channels.id
            LIMIT 2000
            """)
    }
}

/// Somebody in a direct message.
private struct Participant: RowDecodable {
    let channel: Channel.ID
    let user: User

    init(row: Row) throws {
        channel = try row["channel_id"]
        user = try User(row: row)
    }

    static func others(
        in channels: [Channel.ID], than user: User.ID, _ tx: borrowing Transaction
    ) throws -> [Channel.ID: [User]] {
        guard !channels.isEmpty else { return [:] }
        let found: [Participant] = try tx.fetchAll(
            """
            SELECT memberships.channel_id, \(User.columns)
            FROM memberships JOIN users ON users.id = memberships.user_id
            WHERE memberships.channel_id IN (\(list: channels)) AND users.id <> \(user)
            ORDER BY users.name_key
            """)
        return Dictionary(grouping: found, by: \.channel).mapValues { $0.map(\.user) }
    }
}
