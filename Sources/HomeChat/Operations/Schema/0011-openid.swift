import Storage

extension Schema {
    static let openID = Migration(
        "0011-openid",
        """
        CREATE TABLE openid_identities (
            issuer \(type: .key) NOT NULL,
            subject \(type: .key) NOT NULL,
            user_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            created_at \(type: .time) NOT NULL,
            last_used_at \(type: .time),
            PRIMARY KEY (issuer, subject)
        ) \(type: .strict)
        """,
        "CREATE UNIQUE INDEX openid_identities_by_user ON openid_identities (user_id, issuer)",
        """
        CREATE TABLE openid_used_states (
            state_hash \(type: .bytes) NOT NULL PRIMARY KEY,
            expires_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """
    )
}
