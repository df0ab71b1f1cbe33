import Storage

extension Schema {
    /// `role` keeps its two words, which its CHECK allows; what a limited account or a guest is, stands beside it.
    static let access = Migration(
        "0006-access",
        """
        ALTER TABLE users ADD COLUMN restriction \(type: .key) CHECK (restriction IN ('limited', 'guest'))
        """,
        "ALTER TABLE users ADD COLUMN access_until \(type: .time)",
        """
        CREATE TABLE chosen_people (
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            person_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            PRIMARY KEY (user_id, person_id)
        ) \(type: .strict)
        """,
        "ALTER TABLE api_tokens ADD COLUMN channels \(type: .text)",
        "ALTER TABLE api_tokens ADD COLUMN networks \(type: .text) NOT NULL DEFAULT ''",
        "ALTER TABLE api_tokens ADD COLUMN expires_at \(type: .time)",
        "ALTER TABLE api_tokens ADD COLUMN last_address \(type: .text)",
        "ALTER TABLE api_tokens ADD COLUMN rotated_at \(type: .time)",
        "ALTER TABLE api_tokens ADD COLUMN previous_hash \(type: .bytes)",
        "ALTER TABLE api_tokens ADD COLUMN previous_until \(type: .time)",
        "CREATE UNIQUE INDEX api_tokens_by_previous ON api_tokens (previous_hash) WHERE previous_hash IS NOT NULL",
        """
        CREATE TABLE api_token_networks (
            token_id \(type: .reference) NOT NULL REFERENCES api_tokens (id) ON DELETE CASCADE,
            network \(type: .key) NOT NULL,
            use_count \(type: .integer) NOT NULL,
            first_seen_at \(type: .time) NOT NULL,
            last_seen_at \(type: .time) NOT NULL,
            PRIMARY KEY (token_id, network)
        ) \(type: .strict)
        """
    )
}
