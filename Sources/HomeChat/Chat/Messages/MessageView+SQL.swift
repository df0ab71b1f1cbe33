import Storage

extension MessageView {
    /// The views of these messages, in the order of their ids; deleted ones are left out.
    /// - Parameter orErasedRoots: but not those on which a thread hangs.
    static func find(
        _ ids: [Message.ID], orErasedRoots: Bool = false, _ tx: borrowing Transaction
    ) throws -> [MessageView] {
        guard !ids.isEmpty else { return [] }
        let lines: [Line] = try tx.fetchAll(
            """
            SELECT \(Message.columns), messages.nonce, messages.label, messages.card_key, messages.edited_at, messages.pinned_at,
                messages.mentions_everyone, channels.name AS channel_name,
                users.id AS user_id, users.username, users.display_name, users.role, users.restriction, users.bot_type, users.status, users.status_emoji,
                users.time_zone, users.theme, users.enter_sends, users.locked_until, users.deleted_at AS user_deleted_at,
                users.last_seen_at, users.online_until, users.created_at AS user_created_at,
                quoted.id AS quoted_id, quoted.content AS quoted_content, quoted.deleted_at AS quoted_deleted_at,
                quoted_author.id AS quoted_author_id, quoted_author.username AS quoted_username,
                quoted_author.display_name AS quoted_display_name
            FROM messages
            JOIN channels ON channels.id = messages.channel_id
            JOIN users ON users.id = messages.author_id
            LEFT JOIN messages quoted ON quoted.id = messages.reply_to_id
            LEFT JOIN users quoted_author ON quoted_author.id = quoted.author_id
            WHERE messages.id IN (\(list: ids)) AND \(Message.isThere(orErasedRoot: orErasedRoots))
            ORDER BY messages.id
            """)
        let reactions = try ReactionLine.find(ids, tx)
        let mentions = try MentionLine.find(ids, tx)
        let actions = try MessageAction.find(ids, tx)
        let files = try File.find(of: ids + lines.compactMap(\.wordlessQuote), tx)
        let previews = try LinkedPage.find(of: ids, tx)
        let threads = try ThreadLine.find(ids, tx)
        let channels = try channelsNamed(in: lines, tx)
        return lines.map { line in
            let id = line.message.id
            var quote = line.quote
            if let id = quote?.id { quote?.files = files[id] ?? [] }
            return MessageView(
                message: line.message, author: line.author, channelName: line.channelName, nonce: line.nonce,
                label: line.label, key: line.key, actions: actions[id] ?? [], files: files[id] ?? [],
                previews: previews[id] ?? [],
                editedAt: line.editedAt, pinnedAt: line.pinnedAt, mentionsEveryone: line.mentionsEveryone,
                replyTo: quote, thread: threads[id], reactions: reactions[id] ?? [], mentions: mentions[id] ?? [],
                channels: channels)
        }
    }

    /// Only public channels become links: a private name must not tell that it exists.
    private static func channelsNamed(in lines: [Line], _ tx: borrowing Transaction) throws -> [String: Channel.ID] {
        let texts = lines.map(\.message.content).filter { $0.contains("#") }
        let names = texts.flatMap { MentionNames(in: $0).channels }
        guard !names.isEmpty else { return [:] }
        let found: [ChannelName] = try tx.fetchAll(
            "SELECT id, name_key FROM channels WHERE type = 'public' AND name_key IN (\(list: Array(Set(names))))")
        return Dictionary(found.map { ($0.key, $0.id) }, uniquingKeysWith: { first, _ in first })
    }
}

private struct Line: RowDecodable {
    let message: Message
    let author: User
    let channelName: String
    let nonce, label, key: String?
    let editedAt, pinnedAt: Timestamp?
    let mentionsEveryone: Bool
    let quote: MessageView.Quote?

    /// What it answers, where that has files alone.
    var wordlessQuote: Message.ID? { quote.flatMap { $0.content.isEmpty && !$0.isDeleted ? $0.id : nil } }

    init(row: Row) throws {
        message = try Message(row: row)
        author = try User(author: row)
        channelName = try row["channel_name"]
        nonce = try row["nonce"]
        label = try row["label"]
        key = try row["card_key"]
        editedAt = try row["edited_at"]
        pinnedAt = try row["pinned_at"]
        mentionsEveryone = try row["mentions_everyone"]
        if let id: Message.ID = try row["quoted_id"] {
            let deletedAt: Timestamp? = try row["quoted_deleted_at"]
            quote = try MessageView.Quote(
                id: id, author: row["quoted_author_id"], username: row["quoted_username"],
                displayName: row["quoted_display_name"], content: row["quoted_content"], isDeleted: deletedAt != nil)
        } else {
            quote = nil
        }
    }
}

extension User {
    /// From a row in which the message's own columns have the plain names.
    fileprivate init(author row: Row) throws {
        self.init(
            id: try row["user_id"], username: try row["username"], displayName: try row["display_name"],
            role: try Role(row), status: try row["status"],
            statusEmoji: try row["status_emoji"],
            timeZone: try row["time_zone"], theme: try Theme(rawValue: row["theme"]) ?? .system,
            enterSends: try row["enter_sends"], lockedUntil: try row["locked_until"],
            deletedAt: try row["user_deleted_at"],
            lastSeenAt: try row["last_seen_at"], onlineUntil: try row["online_until"],
            createdAt: try row["user_created_at"], bot: try Bot.Kind(row),
            // An author's own business, which no message tells.
            email: nil, passwordScore: nil, mustChangePassword: false, awaitsApproval: false, quietUntil: nil,
            accessUntil: nil)
    }
}

private struct ReactionLine: RowDecodable {
    let message: Message.ID
    let emoji: String
    let person: MessageView.Person

    init(row: Row) throws {
        message = try row["message_id"]
        emoji = try row["emoji"]
        person = try MessageView.Person(id: row["user_id"], username: row["username"], displayName: row["display_name"])
    }

    /// By message, in the order in which each emoji came first.
    static func find(_ ids: [Message.ID], _ tx: borrowing Transaction) throws -> [Message.ID: [MessageView.Reaction]] {
        let lines: [ReactionLine] = try tx.fetchAll(
            """
            SELECT reactions.message_id, reactions.emoji, users.id AS user_id, users.username, users.display_name
            FROM reactions JOIN users ON users.id = reactions.user_id
            WHERE reactions.message_id IN (\(list: ids))
            ORDER BY reactions.created_at, users.id
            """)
        return Dictionary(grouping: lines, by: \.message).mapValues { lines in
            var order: [String] = []
            var people: [String: [MessageView.Person]] = [:]
            for line in lines {
                if people[line.emoji] == nil { order.append(line.emoji) }
                people[line.emoji, default: []].append(line.person)
            }
            return order.map { MessageView.Reaction(emoji: $0, people: people[$0] ?? []) }
        }
    }
}

private struct MentionLine: RowDecodable {
    let message: Message.ID
    let mention: MessageView.Mention

    init(row: Row) throws {
        message = try row["message_id"]
        mention = try MessageView.Mention(id: row["user_id"], username: row["username"])
    }

    static func find(_ ids: [Message.ID], _ tx: borrowing Transaction) throws -> [Message.ID: [MessageView.Mention]] {
        let lines: [MentionLine] = try tx.fetchAll(
            """
            SELECT message_mentions.message_id, users.id AS user_id, users.username
            FROM message_mentions JOIN users ON users.id = message_mentions.user_id
            WHERE message_mentions.message_id IN (\(list: ids))
            ORDER BY users.id
            """)
        return Dictionary(grouping: lines, by: \.message).mapValues { $0.map(\.mention) }
    }
}

private struct ThreadLine: RowDecodable {
    let root: Message.ID
    let thread: MessageView.Thread

    init(row: Row) throws {
        root = try row["thread_id"]
        thread = try MessageView.Thread(replyCount: row["reply_count"], lastReplyAt: row["last_reply_at"])
    }

    static func find(_ ids: [Message.ID], _ tx: borrowing Transaction) throws -> [Message.ID: MessageView.Thread] {
        let lines: [ThreadLine] = try tx.fetchAll(
            """
            SELECT thread_id, COUNT(*) AS reply_count, MAX(created_at) AS last_reply_at
            FROM messages
            WHERE thread_id IN (\(list: ids)) AND deleted_at IS NULL
            GROUP BY thread_id
            """)
        return Dictionary(lines.map { ($0.root, $0.thread) }, uniquingKeysWith: { first, _ in first })
    }
}

private struct ChannelName: RowDecodable {
    let id: Channel.ID
    let key: String

    init(row: Row) throws {
        id = try row["id"]
        key = try row["name_key"]
    }
}
