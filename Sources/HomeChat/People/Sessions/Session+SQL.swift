import Storage

extension Session: RowDecodable {
    static let columns: SQL = """
        sessions.id, sessions.user_id, sessions.kind, sessions.user_agent, sessions.ip_address, sessions.created_at,
        sessions.last_seen_at
        """

    package init(row: Row) throws {
        id = try row["id"]
        user = try row["user_id"]
        kind = try Kind(rawValue: row["kind"]) ?? .device
        userAgent = try row["user_agent"]
        ipAddress = try row["ip_address"]
        createdAt = try row["created_at"]
        lastSeenAt = try row["last_seen_at"]
    }
}

extension Session {
    static func find(hash: [UInt8], _ tx: borrowing Transaction) throws -> Session? {
        try tx.fetchOne("SELECT \(columns) FROM sessions WHERE token_hash = \(hash)")
    }

    static func all(of user: User.ID, _ tx: borrowing Transaction) throws -> [Session] {
        try tx.fetchAll("SELECT \(columns) FROM sessions WHERE user_id = \(user) ORDER BY last_seen_at DESC LIMIT 200")
    }

    static func insert(
        for user: User.ID, hash: [UInt8], on device: Device, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Session {
        try tx.fetchRequired(
            """
            INSERT INTO sessions (user_id, token_hash, kind, user_agent, ip_address, created_at, last_seen_at, proven_at)
            VALUES (\(user), \(hash), \(device.kind.rawValue), \(device.caller.userAgent), \(device.caller.ipAddress),
                \(now), \(now), \(now))
            RETURNING \(columns)
            """)
    }

    /// Ends one session; false when it was not this person's, or gone already.
    static func end(_ id: ID, of user: User.ID, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute("DELETE FROM sessions WHERE id = \(id) AND user_id = \(user)") > 0
    }

    /// Ends all sessions of a person, or all but one, and names them.
    static func endAll(of user: User.ID, except kept: ID? = nil, _ tx: borrowing Transaction) throws -> [ID] {
        let others: SQL = kept.map { "AND id <> \($0)" } ?? ""
        let ended: [Int64] = try tx.fetchAll("DELETE FROM sessions WHERE user_id = \(user) \(others) RETURNING id")
        return ended.map(ID.init)
    }

    /// Ends those of a person and kind that are too many, the longest unused first, and names them.
    static func endSuperfluous(of user: User.ID, _ kind: Kind, _ tx: borrowing Transaction) throws -> [ID] {
        let ended: [Int64] = try tx.fetchAll(
            """
            DELETE FROM sessions
            WHERE id IN (
                SELECT id FROM sessions
                WHERE user_id = \(user) AND kind = \(kind.rawValue)
                ORDER BY last_seen_at DESC, id DESC
                LIMIT 100 OFFSET \(maximumPerKind))
            RETURNING id
            """)
        return ended.map(ID.init)
    }

    static func endExpired(at now: Timestamp, _ tx: borrowing Transaction) throws -> [ID] {
        let ended: [Int64] = try tx.fetchAll(
            """
            DELETE FROM sessions
            WHERE last_seen_at <= \(now - idlePeriod) OR created_at <= \(now - longestPeriod)
            RETURNING id
            """)
        return ended.map(ID.init)
    }

    static func touch(_ ids: [ID], at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE sessions SET last_seen_at = \(now) WHERE id IN (\(list: ids))")
    }
}
