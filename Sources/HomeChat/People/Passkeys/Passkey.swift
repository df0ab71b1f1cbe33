import Storage

/// A key pair of which we know the public half: a telephone, a computer or a stick that somebody signs in with.
struct Passkey: Sendable {
    typealias ID = Identifier<Passkey>
    static let maximumPerUser = 20

    let id: ID
    let user: User.ID
    let credentialID: [UInt8]
    let publicKey: [UInt8]
    let signatureCount: Int64
    /// The domain that it was made for; browsers offer it nowhere else.
    let relyingParty: String
    let name: String
    let isBackedUp: Bool
    let createdAt: Timestamp
    let lastUsedAt: Timestamp?
}

extension Passkey: RowDecodable {
    private static let columns: SQL = """
        id, user_id, credential_id, public_key, signature_count, relying_party, name, is_backed_up, created_at, last_used_at
        """

    init(row: Row) throws {
        id = try row["id"]
        user = try row["user_id"]
        credentialID = try row["credential_id"]
        publicKey = try row["public_key"]
        signatureCount = try row["signature_count"]
        relyingParty = try row["relying_party"]
        name = try row["name"]
        isBackedUp = try row["is_backed_up"]
        createdAt = try row["created_at"]
        lastUsedAt = try row["last_used_at"]
    }

    static func all(of user: User.ID, _ tx: borrowing Transaction) throws -> [Passkey] {
        try tx.fetchAll(
            "SELECT \(columns) FROM passkeys WHERE user_id = \(user) ORDER BY id LIMIT \(maximumPerUser)")
    }

    static func find(credential: [UInt8], _ tx: borrowing Transaction) throws -> Passkey? {
        try tx.fetchOne("SELECT \(columns) FROM passkeys WHERE credential_id = \(credential)")
    }

    static func insert(
        _ new: NewPasskey, for user: User.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Passkey {
        try tx.fetchRequired(
            """
            INSERT INTO passkeys
                (user_id, credential_id, public_key, signature_count, relying_party, name, is_backed_up, created_at)
            VALUES (\(user), \(new.credential.id), \(new.credential.publicKey.bytes),
                \(Int64(new.credential.signatureCount)), \(new.relyingParty), \(new.name), \(new.credential.isBackedUp), \(now))
            RETURNING \(columns)
            """)
    }

    static func used(_ id: ID, count: Int64, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE passkeys SET signature_count = \(count), last_used_at = \(now) WHERE id = \(id)")
    }

    static func rename(_ id: ID, of user: User.ID, to name: String, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute("UPDATE passkeys SET name = \(name) WHERE id = \(id) AND user_id = \(user)") > 0
    }

    static func remove(_ id: ID, of user: User.ID, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute("DELETE FROM passkeys WHERE id = \(id) AND user_id = \(user)") > 0
    }

    /// Those who have one, of many.
    static func owned(among users: [User.ID], _ tx: borrowing Transaction) throws -> Set<User.ID> {
        let found: [Int64] = try tx.fetchAll(
            "SELECT DISTINCT user_id FROM passkeys WHERE user_id IN (\(list: users))")
        return Set(found.map { User.ID($0) })
    }

    static func removeAll(of user: User.ID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM passkeys WHERE user_id = \(user)")
    }
}
