import Storage

extension MessageAction {
    /// The buttons of a message, or of a card that comes again: those that were pressed stay pressed.
    static func set(_ actions: [NewAction], on message: Message.ID, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            DELETE FROM message_actions
            WHERE message_id = \(message) AND (pressed_at IS NULL OR action_id NOT IN (
                SELECT latest.action_id FROM message_actions latest
                WHERE latest.message_id = \(message) AND latest.pressed_at IS NOT NULL
                ORDER BY latest.pressed_at DESC, latest.action_id LIMIT \(NewAction.mostPressed)))
            """)
        for (position, action) in actions.enumerated() {
            try tx.execute(
                """
                INSERT INTO message_actions
                    (message_id, action_id, position, label, style, handler, subject, needs_proof)
                VALUES (\(message), \(action.id), \(position), \(action.label), \(action.style.rawValue),
                    \(action.handler.rawValue), \(action.subject), \(action.needsProof))
                ON CONFLICT (message_id, action_id) DO NOTHING
                """)
        }
    }

    /// - Returns: what the button does; nil when there is none of that name.
    static func find(
        _ action: String, on message: Message.ID, _ tx: borrowing Transaction
    ) throws -> Target? {
        try tx.fetchOne(
            """
            SELECT message_actions.handler, message_actions.subject, message_actions.label, message_actions.needs_proof,
                messages.card_key
            FROM message_actions JOIN messages ON messages.id = message_actions.message_id
            WHERE message_actions.message_id = \(message) AND message_actions.action_id = \(action)
            """)
    }

    /// - Returns: whether this was the press that counts.
    static func press(
        _ action: String, on message: Message.ID, by user: User.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        try tx.execute(
            """
            UPDATE message_actions SET pressed_at = \(now), pressed_by = \(user)
            WHERE message_id = \(message) AND action_id = \(action) AND pressed_at IS NULL
            """) > 0
    }

    static func find(
        _ messages: [Message.ID], _ tx: borrowing Transaction
    ) throws -> [Message.ID: [MessageAction]] {
        let lines: [Line] = try tx.fetchAll(
            """
            SELECT message_actions.message_id, message_actions.action_id, message_actions.label, message_actions.style,
                message_actions.pressed_at, message_actions.needs_proof, users.id AS user_id, users.username, users.display_name
            FROM message_actions LEFT JOIN users ON users.id = message_actions.pressed_by
            WHERE message_actions.message_id IN (\(list: messages))
            ORDER BY message_actions.position
            """)
        return Dictionary(grouping: lines, by: \.message).mapValues { $0.map(\.action) }
    }

    /// What is pressed.
    struct Target: RowDecodable {
        let handler: Handler
        let subject: String
        let label: String
        let needsProof: Bool
        /// Of the card that it is on.
        let key: String?

        init(row: Row) throws {
            handler = try Handler(rawValue: row["handler"]) ?? .none
            subject = try row["subject"]
            label = try row["label"]
            needsProof = try row["needs_proof"]
            key = try row["card_key"]
        }
    }

    private struct Line: RowDecodable {
        let message: Message.ID
        let action: MessageAction

        init(row: Row) throws {
            message = try row["message_id"]
            let presser: User.ID? = try row["user_id"]
            action = MessageAction(
                id: try row["action_id"], label: try row["label"], style: try Style(rawValue: row["style"]) ?? .default,
                needsProof: try row["needs_proof"], pressedAt: try row["pressed_at"],
                pressedBy: try presser.map {
                    MessageView.Person(id: $0, username: try row["username"], displayName: try row["display_name"])
                })
        }
    }
}

extension Message {
    /// What was posted with this key before.
    static func card(
        _ key: String, by access: ChannelAccess, _ tx: borrowing Transaction
    ) throws -> Message? {
        try tx.fetchOne(
            """
            SELECT \(columns) FROM messages
            WHERE channel_id = \(access.channel) AND author_id = \(access.user) AND card_key = \(key)
            """)
    }

    /// The next state of a card: not an edit, so nothing is kept of the last one.
    static func replaceCard(
        _ id: ID, with draft: MessageDraft, by access: ChannelAccess, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE messages
            SET content = \(draft.text), label = \(draft.label), mentions_everyone = \(draft.mentions.everyone),
                updated_at = \(now)
            WHERE id = \(id)
            """)
        try setSearchEntry(try draft.searchEntry(tx), of: id, tx)
        try replaceMentions(draft.mentions, of: id, by: access, at: now, tx)
        if !draft.actions.isEmpty { try MessageAction.set(draft.actions, on: id, tx) }
        try File.remove(of: [id], tx)
        try File.give(draft.files, to: id, in: access, tx)
    }
}
