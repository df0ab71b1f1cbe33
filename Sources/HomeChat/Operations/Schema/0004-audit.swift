import Storage

extension Schema {
    /// No foreign key: an entry outlives what it is about.
    static let audit = Migration(
        "0004-audit",
        """
        CREATE TABLE audit_logs (
            id \(type: .integer) NOT NULL PRIMARY KEY,
            created_at \(type: .time) NOT NULL,
            action \(type: .key) NOT NULL,
            user_id \(type: .integer),
            actor \(type: .text) NOT NULL,
            ip_address \(type: .key) NOT NULL,
            user_agent \(type: .text) NOT NULL,
            target \(type: .text) NOT NULL,
            details \(type: .text) NOT NULL,
            request_id \(type: .text) NOT NULL,
            hash \(type: .bytes) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX audit_logs_by_action ON audit_logs (action, id)",
        "CREATE INDEX audit_logs_by_user ON audit_logs (user_id, id)",
        "CREATE INDEX audit_logs_by_time ON audit_logs (created_at)",
        """
        CREATE TABLE audit_chain (
            id \(type: .integer) NOT NULL PRIMARY KEY CHECK (id = 1),
            last_id \(type: .integer) NOT NULL,
            last_hash \(type: .bytes) NOT NULL,
            base_id \(type: .integer) NOT NULL,
            base_hash \(type: .bytes) NOT NULL,
            seal \(type: .bytes) NOT NULL
        ) \(type: .strict)
        """,
        """
        CREATE TABLE sealed_secrets (
            name \(type: .key) NOT NULL PRIMARY KEY,
            value \(type: .bytes) NOT NULL
        ) \(type: .strict)
        """
    )
}
