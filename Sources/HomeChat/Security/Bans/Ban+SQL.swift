import Storage

extension Ban: RowDecodable {
    static let columns: SQL = "id, network, reason, banned_by, created_at, expires_at"

    package init(row: Row) throws {
        id = try row["id"]
        network = try row["network"]
        reason = try row["reason"]
        bannedBy = try row["banned_by"]
        createdAt = try row["created_at"]
        expiresAt = try row["expires_at"]
    }
}

extension Ban {
    /// Those that hold, newest first.
    static func all(at now: Timestamp, _ tx: borrowing Transaction) throws -> [Ban] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM network_bans WHERE expires_at IS NULL OR expires_at > \(now)
            ORDER BY id DESC LIMIT \(maximum)
            """)
    }

    static func count(_ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired("SELECT COUNT(*) FROM network_bans")
    }

    /// The same network again gets the new reason and end.
    static func insert(
        _ new: NewBan, by name: String, until end: Timestamp?, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Ban {
        try tx.fetchRequired(
            """
            INSERT INTO network_bans (network, reason, banned_by, created_at, expires_at)
            VALUES (\(new.network.text), \(new.reason), \(name), \(now), \(end))
            ON CONFLICT (network) DO UPDATE SET reason = excluded.reason, banned_by = excluded.banned_by,
                created_at = excluded.created_at, expires_at = excluded.expires_at
            RETURNING \(columns)
            """)
    }

    static func delete(_ id: ID, _ tx: borrowing Transaction) throws -> Ban? {
        try tx.fetchOne("DELETE FROM network_bans WHERE id = \(id) RETURNING \(columns)")
    }

    static func delete(network: String, _ tx: borrowing Transaction) throws -> Ban? {
        try tx.fetchOne("DELETE FROM network_bans WHERE network = \(network) RETURNING \(columns)")
    }

    static func deleteExpired(at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM network_bans WHERE expires_at <= \(now)")
    }
}
