import Storage

extension Schema {
    static let conversation = Migration(
        "0003-conversation",
        """
        CREATE TABLE message_mentions (
            message_id \(type: .reference) NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            PRIMARY KEY (message_id, user_id)
        ) \(type: .strict)
        """,
        "CREATE INDEX message_mentions_by_user ON message_mentions (user_id, message_id)",
        """
        CREATE TABLE message_edits (
            id \(type: .id),
            message_id \(type: .reference) NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            content \(type: .text) NOT NULL,
            replaced_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX message_edits_by_message ON message_edits (message_id, id)",
        """
        CREATE TABLE reactions (
            message_id \(type: .reference) NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            emoji \(type: .key) NOT NULL,
            created_at \(type: .time) NOT NULL,
            PRIMARY KEY (message_id, user_id, emoji)
        ) \(type: .strict)
        """
    )
}
