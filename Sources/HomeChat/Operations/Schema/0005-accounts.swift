import Storage

extension Schema {
    static let accounts = Migration(
        "0005-accounts",
        "ALTER TABLE users ADD COLUMN email \(type: .key)",
        "CREATE INDEX users_by_email ON users (email) WHERE email IS NOT NULL",
        "ALTER TABLE users ADD COLUMN password_score \(type: .integer)",
        "ALTER TABLE users ADD COLUMN must_change_password \(type: .boolean) NOT NULL DEFAULT FALSE",
        "ALTER TABLE users ADD COLUMN awaits_approval \(type: .boolean) NOT NULL DEFAULT FALSE",
        "ALTER TABLE sessions ADD COLUMN proven_at \(type: .time) NOT NULL DEFAULT 0",
        """
        CREATE TABLE second_factors (
            user_id \(type: .reference) NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            secret \(type: .bytes),
            last_step \(type: .integer),
            enabled_at \(type: .time),
            created_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        """
        CREATE TABLE backup_codes (
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            code_hash \(type: .bytes) NOT NULL,
            PRIMARY KEY (user_id, code_hash)
        ) \(type: .strict)
        """,
        """
        CREATE TABLE passkeys (
            id \(type: .id),
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            credential_id \(type: .bytes) NOT NULL UNIQUE,
            public_key \(type: .bytes) NOT NULL,
            signature_count \(type: .integer) NOT NULL,
            relying_party \(type: .key) NOT NULL,
            name \(type: .text) NOT NULL,
            is_backed_up \(type: .boolean) NOT NULL,
            created_at \(type: .time) NOT NULL,
            last_used_at \(type: .time)
        ) \(type: .strict)
        """,
        "CREATE INDEX passkeys_by_user ON passkeys (user_id)",
        """
        CREATE TABLE passkey_challenges (
            challenge_hash \(type: .bytes) NOT NULL PRIMARY KEY,
            user_id \(type: .reference) REFERENCES users (id) ON DELETE CASCADE,
            purpose \(type: .key) NOT NULL,
            expires_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        """
        CREATE TABLE sign_in_steps (
            token_hash \(type: .bytes) NOT NULL PRIMARY KEY,
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            stage \(type: .key) NOT NULL CHECK (stage IN ('second_factor', 'new_password')),
            proof \(type: .key) NOT NULL,
            expires_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX sign_in_steps_by_user ON sign_in_steps (user_id)",
        """
        CREATE TABLE sign_in_counters (
            subject \(type: .key) NOT NULL PRIMARY KEY,
            account_key \(type: .key) NOT NULL,
            failures \(type: .integer) NOT NULL,
            last_failed_at \(type: .time) NOT NULL,
            locked_until \(type: .time)
        ) \(type: .strict)
        """,
        "CREATE INDEX sign_in_counters_by_account ON sign_in_counters (account_key)",
        "CREATE INDEX sign_in_counters_by_time ON sign_in_counters (last_failed_at)",
        """
        CREATE TABLE sign_in_failures (
            id \(type: .id),
            account_key \(type: .key) NOT NULL,
            network \(type: .key) NOT NULL,
            failed_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX sign_in_failures_by_account ON sign_in_failures (account_key, failed_at)",
        "CREATE INDEX sign_in_failures_by_network ON sign_in_failures (network, failed_at)",
        "CREATE INDEX sign_in_failures_by_time ON sign_in_failures (failed_at)",
        """
        CREATE TABLE known_places (
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            kind \(type: .key) NOT NULL CHECK (kind IN ('network', 'program')),
            value \(type: .key) NOT NULL,
            last_seen_at \(type: .time) NOT NULL,
            PRIMARY KEY (user_id, kind, value)
        ) \(type: .strict)
        """,
        """
        CREATE TABLE sign_in_notices (
            id \(type: .id),
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            user_agent \(type: .text) NOT NULL,
            ip_address \(type: .text) NOT NULL,
            is_new_device \(type: .boolean) NOT NULL,
            is_new_network \(type: .boolean) NOT NULL,
            created_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX sign_in_notices_by_user ON sign_in_notices (user_id, id)",
        """
        CREATE TABLE password_resets (
            token_hash \(type: .bytes) NOT NULL PRIMARY KEY,
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            expires_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX password_resets_by_user ON password_resets (user_id)",
        """
        CREATE TABLE invitations (
            id \(type: .id),
            token_hash \(type: .bytes) NOT NULL UNIQUE,
            note \(type: .text) NOT NULL,
            created_by \(type: .text) NOT NULL,
            created_at \(type: .time) NOT NULL,
            expires_at \(type: .time) NOT NULL,
            used_at \(type: .time),
            used_by \(type: .reference) REFERENCES users (id) ON DELETE SET NULL
        ) \(type: .strict)
        """
    )
}
