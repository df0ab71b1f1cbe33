import Storage

/// A link that lets one person make an account.
package struct Invitation: Sendable {
    package typealias ID = Identifier<Invitation>
    static let lifetime = Duration.days(7)
    static let maximumOpen = 100

    package let id: ID
    /// For whom, in the admin's words.
    package let note: String
    package let createdBy: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
}

extension Invitation: RowDecodable {
    private static let columns: SQL = "id, note, created_by, created_at, expires_at"

    package init(row: Row) throws {
        id = try row["id"]
        note = try row["note"]
        createdBy = try row["created_by"]
        createdAt = try row["created_at"]
        expiresAt = try row["expires_at"]
    }

    static func insert(
        hash: [UInt8], note: String, by name: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Invitation {
        try tx.fetchRequired(
            """
            INSERT INTO invitations (token_hash, note, created_by, created_at, expires_at)
            VALUES (\(hash), \(note), \(name), \(now), \(now + lifetime))
            RETURNING \(columns)
            """)
    }

    static func find(_ token: String, at now: Timestamp, _ tx: borrowing Transaction) throws -> Invitation? {
        try tx.fetchOne(
            """
            SELECT \(columns) FROM invitations
            WHERE token_hash = \(SecretToken.hash(of: token)) AND used_at IS NULL AND expires_at > \(now)
            """)
    }

    static func use(
        _ token: String, by user: User.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE invitations SET used_at = \(now), used_by = \(user)
            WHERE token_hash = \(SecretToken.hash(of: token)) AND used_at IS NULL
            """)
    }

    static func open(at now: Timestamp, _ tx: borrowing Transaction) throws -> [Invitation] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM invitations
            WHERE used_at IS NULL AND expires_at > \(now)
            ORDER BY id DESC
            LIMIT \(maximumOpen)
            """)
    }

    static func remove(_ id: ID, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute("DELETE FROM invitations WHERE id = \(id) AND used_at IS NULL") > 0
    }

    static func removeOld(before moment: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM invitations WHERE expires_at < \(moment)")
    }
}
