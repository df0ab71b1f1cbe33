import Storage

extension Schema {
    static let chat = Migration(
        "0002-chat",
        """
        CREATE TABLE channels (
            id \(type: .id),
            type \(type: .key) NOT NULL CHECK (type IN ('public', 'private', 'dm')),
            name \(type: .text) NOT NULL,
            name_key \(type: .key) UNIQUE,
            dm_key \(type: .key) UNIQUE,
            description \(type: .text) NOT NULL DEFAULT '',
            owner_id \(type: .reference) REFERENCES users (id) ON DELETE SET NULL,
            archived_at \(type: .time),
            created_at \(type: .time) NOT NULL,
            CHECK ((type = 'dm') = (dm_key IS NOT NULL)),
            CHECK ((type = 'dm') = (name_key IS NULL))
        ) \(type: .strict)
        """,
        """
        CREATE TABLE memberships (
            channel_id \(type: .reference) NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            joined_at \(type: .time) NOT NULL,
            last_read_id \(type: .integer) NOT NULL DEFAULT 0,
            level \(type: .key) NOT NULL CHECK (level IN ('all', 'mentions', 'nothing')),
            muted \(type: .boolean) NOT NULL DEFAULT FALSE,
            PRIMARY KEY (channel_id, user_id)
        ) \(type: .strict)
        """,
        "CREATE INDEX memberships_by_user ON memberships (user_id)",
        """
        CREATE TABLE messages (
            id \(type: .id),
            channel_id \(type: .reference) NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
            author_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
            nonce \(type: .key),
            content \(type: .text) NOT NULL,
            search_text \(type: .key) NOT NULL,
            message_type \(type: .key) NOT NULL,
            label \(type: .text),
            reply_to_id \(type: .reference) REFERENCES messages (id) ON DELETE SET NULL,
            thread_id \(type: .reference) REFERENCES messages (id) ON DELETE CASCADE,
            mentions_everyone \(type: .boolean) NOT NULL DEFAULT FALSE,
            created_at \(type: .time) NOT NULL,
            updated_at \(type: .time) NOT NULL,
            edited_at \(type: .time),
            deleted_at \(type: .time),
            pinned_at \(type: .time),
            UNIQUE (author_id, nonce)
        ) \(type: .strict)
        """,
        "CREATE INDEX messages_by_channel ON messages (channel_id, id)",
        "CREATE INDEX messages_by_change ON messages (channel_id, updated_at)",
        "CREATE INDEX messages_by_thread ON messages (thread_id, id) WHERE thread_id IS NOT NULL",
        "CREATE INDEX messages_by_reply ON messages (reply_to_id) WHERE reply_to_id IS NOT NULL",
        "CREATE INDEX messages_pinned ON messages (channel_id, pinned_at) WHERE pinned_at IS NOT NULL"
    )
}
