import Storage

/// That somebody whom the provider knows is somebody here. Only issuer and subject tell; names and addresses change hands.
struct OpenIDIdentity: Sendable {
    let issuer: String
    let subject: String
    let user: User.ID
    let createdAt: Timestamp
    let lastUsedAt: Timestamp?
}

extension OpenIDIdentity: RowDecodable {
    private static let columns: SQL = "issuer, subject, user_id, created_at, last_used_at"

    init(row: Row) throws {
        issuer = try row["issuer"]
        subject = try row["subject"]
        user = try row["user_id"]
        createdAt = try row["created_at"]
        lastUsedAt = try row["last_used_at"]
    }

    static func find(_ subject: String, at issuer: String, _ tx: borrowing Transaction) throws -> OpenIDIdentity? {
        try tx.fetchOne(
            "SELECT \(columns) FROM openid_identities WHERE issuer = \(issuer) AND subject = \(subject)")
    }

    static func find(of user: User.ID, at issuer: String, _ tx: borrowing Transaction) throws -> OpenIDIdentity? {
        try tx.fetchOne("SELECT \(columns) FROM openid_identities WHERE user_id = \(user) AND issuer = \(issuer)")
    }

    static func insert(
        _ subject: String, at issuer: String, for user: User.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO openid_identities (issuer, subject, user_id, created_at)
            VALUES (\(issuer), \(subject), \(user), \(now))
            """)
    }

    static func used(_ subject: String, at issuer: String, _ now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE openid_identities SET last_used_at = \(now)
            WHERE issuer = \(issuer) AND subject = \(subject)
            """)
    }

    /// Those who have one, of many.
    static func connected(among users: [User.ID], _ tx: borrowing Transaction) throws -> Set<User.ID> {
        let found: [Int64] = try tx.fetchAll(
            "SELECT user_id FROM openid_identities WHERE user_id IN (\(list: users))")
        return Set(found.map { User.ID($0) })
    }

    /// Those at providers of earlier settings too.
    /// - Returns: whether there was one.
    static func removeAll(of user: User.ID, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute("DELETE FROM openid_identities WHERE user_id = \(user)") > 0
    }

    static func remove(of user: User.ID, at issuer: String, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute("DELETE FROM openid_identities WHERE user_id = \(user) AND issuer = \(issuer)") > 0
    }
}
