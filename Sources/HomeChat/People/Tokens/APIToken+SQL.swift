import Storage

extension APIToken: RowDecodable {
    static let columns: SQL = """
        api_tokens.id, api_tokens.user_id, users.username, api_tokens.name, api_tokens.prefix, api_tokens.scopes,
        api_tokens.channels, api_tokens.networks, api_tokens.use_count, api_tokens.last_used_at,
        api_tokens.last_address, api_tokens.created_at, api_tokens.expires_at, api_tokens.rotated_at,
        api_tokens.previous_until
        """

    package init(row: Row) throws {
        id = try row["id"]
        user = try row["user_id"]
        username = try row["username"]
        name = try row["name"]
        prefix = try row["prefix"]
        let words: String = try row["scopes"]
        scopes = Set(words.split(separator: " ").compactMap { Scope(rawValue: String($0)) })
        let numbers: String? = try row["channels"]
        channels = numbers.map { Set($0.split(separator: " ").compactMap { Channel.ID(String($0)) }) }
        let networks: String = try row["networks"]
        self.networks = networks.split(separator: " ").map(String.init)
        useCount = try row["use_count"]
        lastUsedAt = try row["last_used_at"]
        lastAddress = try row["last_address"]
        createdAt = try row["created_at"]
        expiresAt = try row["expires_at"]
        rotatedAt = try row["rotated_at"]
        previousUntil = try row["previous_until"]
    }
}

extension APIToken {
    private static let live: SQL =
        "FROM api_tokens JOIN users ON users.id = api_tokens.user_id WHERE revoked_at IS NULL"

    /// By its secret, or the one before as long as both work.
    static func find(hash: [UInt8], at now: Timestamp, _ tx: borrowing Transaction) throws -> APIToken? {
        try tx.fetchOne(
            """
            SELECT \(columns) \(live) AND (expires_at IS NULL OR expires_at > \(now))
                AND (token_hash = \(hash) OR (previous_hash = \(hash) AND previous_until > \(now)))
            """)
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
        _ new: NewToken, in channels: [Channel.ID]?, for user: User.ID, hash: [UInt8], prefix: String,
        at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> ID {
        let scopes = new.scopes.map(\.rawValue).sorted().joined(separator: " ")
        let numbers = channels.map { $0.sorted().map(\.description).joined(separator: " ") }
        let id: Int64 = try tx.fetchRequired(
            """
            INSERT INTO api_tokens (user_id, name, prefix, token_hash, scopes, channels, networks, expires_at, created_at)
            VALUES (\(user), \(new.name), \(prefix), \(hash), \(scopes), \(numbers), \(new.networks.joined(separator: " ")),
                \(new.life.map { now + $0 }), \(now))
            RETURNING id
            """)
        return ID(id)
    }

    static func revoke(_ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE api_tokens SET revoked_at = \(now) WHERE id = \(id) AND revoked_at IS NULL")
    }

    /// A new secret; the old one works until `overlap`.
    static func rotate(
        _ id: ID, hash: [UInt8], prefix: String, overlap: Timestamp, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE api_tokens
            SET previous_hash = token_hash, previous_until = \(overlap), token_hash = \(hash), prefix = \(prefix),
                rotated_at = \(now)
            WHERE id = \(id)
            """)
    }

    static func used(
        _ id: ID, times: Int64, from address: String?, at moment: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE api_tokens
            SET use_count = use_count + \(times), last_used_at = \(moment), last_address = COALESCE(\(address), last_address)
            WHERE id = \(id)
            """)
        try tx.execute(
            "UPDATE bots SET last_active_at = \(moment) WHERE user_id = (SELECT user_id FROM api_tokens WHERE id = \(id))"
        )
    }

    static func expired(at now: Timestamp, _ tx: borrowing Transaction) throws -> [APIToken] {
        try tx.fetchAll("SELECT \(columns) \(live) AND expires_at <= \(now) LIMIT 1000")
    }

    /// Takes the old secrets away whose time is over, and names their tokens.
    static func endOverlaps(at now: Timestamp, _ tx: borrowing Transaction) throws -> [ID] {
        let ended: [Int64] = try tx.fetchAll(
            """
            UPDATE api_tokens SET previous_hash = NULL, previous_until = NULL
            WHERE previous_until <= \(now)
            RETURNING id
            """)
        return ended.map(ID.init)
    }
}
