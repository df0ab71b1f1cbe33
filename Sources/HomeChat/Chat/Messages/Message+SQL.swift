import Storage

extension Message: RowDecodable {
    static let columns: SQL = """
        messages.id, messages.channel_id, messages.author_id, messages.content, messages.message_type, messages.reply_to_id,
        messages.thread_id, messages.created_at, messages.deleted_at
        """

    package init(row: Row) throws {
        id = try row["id"]
        channel = try row["channel_id"]
        author = try row["author_id"]
        content = try row["content"]
        kind = try Kind(rawValue: row["message_type"]) ?? .chat
        replyTo = try row["reply_to_id"]
        thread = try row["thread_id"]
        createdAt = try row["created_at"]
        deletedAt = try row["deleted_at"]
    }
}

extension Message {
    /// Not deleted, or deleted and still what others answered: without it nobody would find their answers.
    static let isThereOrRoot: SQL = """
        (messages.deleted_at IS NULL OR EXISTS (
            SELECT 1 FROM messages answers WHERE answers.thread_id = messages.id AND answers.deleted_at IS NULL))
        """

    static func isThere(orErasedRoot: Bool) -> SQL { orErasedRoot ? isThereOrRoot : "messages.deleted_at IS NULL" }

    /// A message that is there; a deleted one is not, unless a thread hangs on it and that will do.
    static func find(_ id: ID, orErasedRoot: Bool = false, _ tx: borrowing Transaction) throws -> Message? {
        try tx.fetchOne(
            "SELECT \(columns) FROM messages WHERE id = \(id) AND \(isThere(orErasedRoot: orErasedRoot))")
    }

    /// What an earlier try to post this draft stored.
    static func earlier(_ draft: MessageDraft, by user: User.ID, _ tx: borrowing Transaction) throws -> Message? {
        guard let nonce = draft.nonce else { return nil }
        return try tx.fetchOne("SELECT \(columns) FROM messages WHERE author_id = \(user) AND nonce = \(nonce)")
    }

    static func insert(
        _ draft: MessageDraft, by access: ChannelAccess, kind: Kind, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Message {
        // What the house says, like who joined, is not looked for.
        let entry = kind == .system ? nil : try draft.searchEntry(tx)
        let message: Message = try tx.fetchRequired(
            """
            INSERT INTO messages (channel_id, author_id, nonce, content, message_type, label, reply_to_id,
                thread_id, mentions_everyone, card_key, search_text, search_facts, search_generation, created_at, updated_at)
            VALUES (\(access.channel), \(access.user), \(draft.nonce), \(draft.text), \(kind.rawValue),
                \(draft.label), \(draft.replyTo), \(draft.thread), \(draft.mentions.everyone), \(draft.key),
                \(entry?.text ?? ""), \(entry?.facts ?? []), \(SearchIndex.generation(ifIndexed: entry != nil)), \(now), \(now))
            RETURNING \(columns)
            """)
        if let entry { try SearchIndex.add(entry, at: SearchIndex.Place(message), tx) }
        try setMentions(draft.mentions, of: message.id, by: access, at: now, tx)
        if !draft.actions.isEmpty { try MessageAction.set(draft.actions, on: message.id, tx) }
        if !draft.files.isEmpty { try File.give(draft.files, to: message.id, in: access, tx) }
        return message
    }

    /// A notice of the house in a channel, in the name of whoever did what it says.
    static func note(_ words: String, by access: ChannelAccess, at now: Timestamp, _ tx: borrowing Transaction) throws {
        let message = try insert(try MessageDraft(text: words), by: access, kind: .system, at: now, tx)
        tx.announce(.messagePosted(message.id, in: access.channel))
    }

    static func edit(
        _ message: Message, to text: String, _ entry: SearchEntry, _ mentions: MentionNames, by access: ChannelAccess,
        at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        let files = try SearchedFile.find(of: message.id, tx)
        try setSearchEntry(files.isEmpty ? entry : SearchEntry(text, files: files), of: message.id, tx)
        try tx.execute(
            """
            INSERT INTO message_edits (message_id, content, replaced_at) VALUES (\(message.id), \(message.content), \(now))
            """)
        try tx.execute(
            """
            UPDATE messages
            SET content = \(text), mentions_everyone = \(mentions.everyone), edited_at = \(now), updated_at = \(now)
            WHERE id = \(message.id)
            """)
        try replaceMentions(mentions, of: message.id, by: access, at: now, tx)
    }

    static func replaceMentions(
        _ mentions: MentionNames, of id: ID, by access: ChannelAccess, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute("DELETE FROM message_mentions WHERE message_id = \(id)")
        try setMentions(mentions, of: id, by: access, at: now, tx)
    }

    /// So that whoever was away asks for it again.
    static func touch(_ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE messages SET updated_at = \(now) WHERE id = \(id)")
    }

    static func setPinned(_ moment: Timestamp?, _ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE messages SET pinned_at = \(moment), updated_at = \(now) WHERE id = \(id)")
    }

    static func addReaction(
        _ emoji: Emoji, to id: ID, by user: User.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO reactions (message_id, user_id, emoji, created_at) VALUES (\(id), \(user), \(emoji.text), \(now))
            ON CONFLICT (message_id, user_id, emoji) DO NOTHING
            """) > 0
    }

    static func removeReaction(
        _ emoji: Emoji, from id: ID, by user: User.ID, _ tx: borrowing Transaction
    ) throws -> Bool {
        try tx.execute("DELETE FROM reactions WHERE message_id = \(id) AND user_id = \(user) AND emoji = \(emoji.text)")
            > 0
    }

    static func reactionKinds(of id: ID, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired("SELECT COUNT(DISTINCT emoji) FROM reactions WHERE message_id = \(id)")
    }

    static func earlierTexts(of id: ID, _ tx: borrowing Transaction) throws -> [EarlierText] {
        try tx.fetchAll(
            "SELECT content, replaced_at FROM message_edits WHERE message_id = \(id) ORDER BY id DESC LIMIT 100")
    }

    /// `@here` means the members who are there at this moment; `@channel` stays a mark on the message, for all of them.
    private static func setMentions(
        _ names: MentionNames, of id: ID, by access: ChannelAccess, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        // Whoever is limited names those who are here: a name that became a link would tell of others.
        let isNamed: SQL =
            access.isRestricted
            ? "users.id IN (SELECT user_id FROM memberships WHERE channel_id = \(access.channel))" : "TRUE"
        if !names.people.isEmpty {
            try tx.execute(
                """
                INSERT INTO message_mentions (message_id, user_id)
                SELECT messages.id, users.id
                FROM messages JOIN users ON users.name_key IN (\(list: names.people)) AND users.deleted_at IS NULL
                WHERE messages.id = \(id) AND \(isNamed)
                """)
        }
        if names.here {
            try tx.execute(
                """
                INSERT INTO message_mentions (message_id, user_id)
                SELECT messages.id, users.id
                FROM messages JOIN memberships ON memberships.channel_id = messages.channel_id
                    JOIN users ON users.id = memberships.user_id
                WHERE messages.id = \(id) AND users.online_until > \(now)
                ON CONFLICT (message_id, user_id) DO NOTHING
                """)
        }
    }
}

/// What a message said before it was edited.
package struct EarlierText: RowDecodable, Sendable {
    package let content: String
    package let replacedAt: Timestamp

    package init(row: Row) throws {
        content = try row["content"]
        replacedAt = try row["replaced_at"]
    }
}
