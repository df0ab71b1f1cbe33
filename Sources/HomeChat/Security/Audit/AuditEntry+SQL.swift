import Storage

extension AuditEntry: RowDecodable {
    static let columns: SQL = """
        audit_logs.id, audit_logs.created_at, audit_logs.action, audit_logs.user_id, audit_logs.actor,
        audit_logs.ip_address, audit_logs.user_agent, audit_logs.target, audit_logs.details, audit_logs.request_id,
        audit_logs.times, audit_logs.hash
        """

    package init(row: Row) throws {
        id = try row["id"]
        createdAt = try row["created_at"]
        action = try row["action"]
        user = try row["user_id"]
        actor = try row["actor"]
        ipAddress = try row["ip_address"]
        userAgent = try row["user_agent"]
        target = try row["target"]
        details = try row["details"]
        requestID = try row["request_id"]
        times = try row["times"]
        hash = try row["hash"]
    }
}

extension AuditEntry {
    /// - Returns: false where a row with this id is there already, which is none of ours.
    static func insert(_ entry: AuditEntry, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO audit_logs
                (id, created_at, action, user_id, actor, ip_address, user_agent, target, details, request_id, times, hash)
            VALUES (\(entry.id), \(entry.createdAt), \(entry.action), \(entry.user), \(entry.actor), \(entry.ipAddress),
                \(entry.userAgent), \(entry.target), \(entry.details), \(entry.requestID), \(entry.times), \(entry.hash))
            ON CONFLICT (id) DO NOTHING
            """) == 1
    }

    static func newest(_ tx: borrowing Transaction) throws -> AuditEntry? {
        try tx.fetchOne("SELECT \(columns) FROM audit_logs ORDER BY id DESC LIMIT 1")
    }

    /// An entry behind which there is room for one: the first of them, or the last.
    static func beforeGap(after id: Int64, isLast: Bool, _ tx: borrowing Transaction) throws -> AuditEntry? {
        let order: SQL = isLast ? "DESC" : "ASC"
        return try tx.fetchOne(
            """
            SELECT \(columns) FROM audit_logs
            WHERE audit_logs.id > \(id) AND audit_logs.id < \(Int64.max)
                AND NOT EXISTS (SELECT 1 FROM audit_logs following WHERE following.id = audit_logs.id + 1)
            ORDER BY audit_logs.id \(order)
            LIMIT 1
            """)
    }

    /// Those after an id in the order in which they were written, for whoever walks the chain.
    static func slice(after id: Int64, through last: Int64 = .max, _ tx: borrowing Transaction) throws -> [AuditEntry] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM audit_logs
            WHERE id > \(id) AND id <= \(last)
            ORDER BY id
            LIMIT \(sliceLength)
            """)
    }

    /// Bulk work goes in slices, so that nobody waits for it.
    static let sliceLength = 500
}
