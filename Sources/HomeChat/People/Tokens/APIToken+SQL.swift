import Storage

extension APIToken: RowDecodable {
    static let columns: SQL = """
        api_tokens.id, api_tokens.user_id, users.username, api_tokens.name, api_tokens.prefix, api_tokens.scopes,
        api_tokens.use_count, api_tokens.last_used_at, api_tokens.created_at
        """

    package init(row: Row) throws {
        id = try row["id"]
        user = try row["user_id"]
        username = try row["username"]
        name = try row["name"]
        prefix = try row["prefix"]
        let words: String = try row["scopes"]
        scopes = Set(words.split(separator: " ").compactMap { Scope(rawValue: String($0)) })
        useCount = try row["use_count"]
        lastUsedAt = try row["last_used_at"]
        createdAt = try row["created_at"]
    }
}

extension APIToken {
    private static let live: SQL =
        "FROM api_tokens JOIN users ON users.id = api_tokens.user_id WHERE revoked_at IS NULL"

    static func find(hash: [UInt8], _ tx: borrowing Transaction) throws -> APIToken? {
        try tx.fetchOne("SELECT \(columns) \(live) AND token_hash = \(hash)")
    }

    static func find(_ id: ID, _ tx: borrowing Transaction) throws -> APIToken? {
        try tx.fetchOne("SELECT \(columns) \(live) AND api_tokens.id = \(id)")
    }

    static func all(of user: User.ID?, _ tx: borrowing Transaction) throws -> [APIToken] {
        let owned: SQL = user.map { "AND api_tokens.user_id = \($0)" } ?? ""
        return try tx.fetchAll("SELECT \(columns) \(live) \(owned) ORDER BY users.name_key, api_tokens.name LIMIT 1000")
    }

    static func isTaken(_ name: String, by user: User.ID, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            "SELECT id FROM api_tokens WHERE user_id = \(user) AND name = \(name) AND revoked_at IS NULL")
        return found != nil
    }

    static func insert(
        _ new: NewToken, for user: User.ID, hash: [UInt8], prefix: String, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws -> ID {
        let scopes = new.scopes.map(\.rawValue).sorted().joined(separator: " ")
        let id: Int64 = try tx.fetchRequired(
            """
            INSERT INTO api_tokens (user_id, name, prefix, token_hash, scopes, created_at)
            VALUES (\(user), \(new.name), \(prefix), \(hash), \(scopes), \(now))
            RETURNING id
            """)
        return ID(id)
    }

    static func revoke(_ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE api_tokens SET revoked_at = \(now) WHERE id = \(id) AND revoked_at IS NULL")
    }

    static func used(_ id: ID, times: Int64, at moment: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute(
            "UPDATE api_tokens SET use_count = use_count + \(times), last_used_at = \(moment) WHERE id = \(id)")
    }
}
