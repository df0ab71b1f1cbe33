import Storage

extension Schema {
    static let limits = Migration(
        "0007-limits",
        """
        CREATE TABLE network_bans (
            id \(type: .id),
            network \(type: .key) NOT NULL UNIQUE,
            reason \(type: .text) NOT NULL,
            banned_by \(type: .text) NOT NULL,
            created_at \(type: .time) NOT NULL,
            expires_at \(type: .time)
        ) \(type: .strict)
        """
    )
}
