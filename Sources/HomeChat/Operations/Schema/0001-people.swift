import Storage

extension Schema {
    static let people = Migration(
        "0001-people",
        """
        CREATE TABLE settings (
            key \(type: .key) PRIMARY KEY,
            value \(type: .text) NOT NULL
        ) \(type: .strict)
        """,
        """
        CREATE TABLE users (
            id \(type: .id),
            username \(type: .text) NOT NULL,
            name_key \(type: .key) NOT NULL UNIQUE,
            display_name \(type: .text) NOT NULL,
            role \(type: .key) NOT NULL CHECK (role IN ('admin', 'user')),
            password_digest \(type: .text),
            status \(type: .text) NOT NULL DEFAULT 'Available',
            status_emoji \(type: .text) NOT NULL DEFAULT '',
            time_zone \(type: .text) NOT NULL DEFAULT '',
            theme \(type: .key) NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark', 'contrast')),
            enter_sends \(type: .boolean) NOT NULL DEFAULT TRUE,
            locked_until \(type: .time),
            deleted_at \(type: .time),
            last_seen_at \(type: .time),
            online_until \(type: .time),
            created_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        """
        CREATE TABLE sessions (
            id \(type: .id),
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            token_hash \(type: .bytes) NOT NULL UNIQUE,
            kind \(type: .key) NOT NULL CHECK (kind IN ('browser', 'device')),
            user_agent \(type: .text) NOT NULL,
            ip_address \(type: .text) NOT NULL,
            created_at \(type: .time) NOT NULL,
            last_seen_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX sessions_by_user ON sessions (user_id)",
        """
        CREATE TABLE api_tokens (
            id \(type: .id),
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            name \(type: .text) NOT NULL,
            prefix \(type: .key) NOT NULL,
            token_hash \(type: .bytes) NOT NULL UNIQUE,
            scopes \(type: .text) NOT NULL,
            use_count \(type: .integer) NOT NULL DEFAULT 0,
            last_used_at \(type: .time),
            revoked_at \(type: .time),
            created_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE UNIQUE INDEX api_tokens_by_name ON api_tokens (user_id, name) WHERE revoked_at IS NULL"
    )
}
