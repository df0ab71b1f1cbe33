import Storage

extension Schema {
    /// Reading the log: an index for each filter, and what keeps it small.
    static let auditReading = Migration(
        "0009-audit-reading",
        // How often it happened, where one entry stands for many.
        "ALTER TABLE audit_logs ADD COLUMN times \(type: .integer) NOT NULL DEFAULT 1",
        "CREATE INDEX audit_logs_by_address ON audit_logs (ip_address, id)",
        "CREATE INDEX audit_logs_by_actor ON audit_logs (actor, id)",
        "CREATE INDEX audit_logs_by_target ON audit_logs (\(sqlite: "target", postgres: "target COLLATE \"C\""), id)",
        "CREATE INDEX audit_logs_by_request ON audit_logs (request_id, id) WHERE request_id <> ''",
        // 0: everybody who is not known.
        """
        CREATE TABLE audit_floods (
            action \(type: .key) NOT NULL,
            user_id \(type: .integer) NOT NULL,
            hour \(type: .integer) NOT NULL,
            seen \(type: .integer) NOT NULL,
            held \(type: .integer) NOT NULL,
            held_since \(type: .time) NOT NULL,
            PRIMARY KEY (action, user_id)
        ) \(type: .strict)
        """,
        """
        CREATE TABLE housekeeping (
            task \(type: .key) NOT NULL PRIMARY KEY,
            done_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """
    )
}
