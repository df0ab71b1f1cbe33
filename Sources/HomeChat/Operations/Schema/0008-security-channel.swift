import Storage

extension Schema {
    static let securityChannel = Migration(
        "0008-security-channel",
        "ALTER TABLE channels ADD COLUMN purpose \(type: .key)",
        "CREATE UNIQUE INDEX channels_by_purpose ON channels (purpose) WHERE purpose IS NOT NULL",
        "ALTER TABLE messages ADD COLUMN card_key \(type: .key)",
        """
        CREATE UNIQUE INDEX messages_by_card ON messages (channel_id, author_id, card_key) WHERE card_key IS NOT NULL
        """,
        """
        CREATE TABLE message_actions (
            message_id \(type: .reference) NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            action_id \(type: .key) NOT NULL,
            position \(type: .integer) NOT NULL,
            label \(type: .text) NOT NULL,
            style \(type: .key) NOT NULL,
            handler \(type: .key) NOT NULL,
            subject \(type: .text) NOT NULL,
            pressed_at \(type: .time),
            pressed_by \(type: .reference) REFERENCES users (id) ON DELETE SET NULL,
            PRIMARY KEY (message_id, action_id)
        ) \(type: .strict)
        """,
        "CREATE INDEX audit_logs_by_action_and_time ON audit_logs (action, created_at)"
    )
}
