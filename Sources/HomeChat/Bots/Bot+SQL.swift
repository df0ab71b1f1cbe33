import Storage

extension Bot: RowDecodable {
    static let columns: SQL = """
        bots.id, bots.user_id, users.username, users.bot_type, bots.owner_id, bots.name, bots.description, bots.active,
        bots.channel_id, bots.webhook_id, bots.credential, bots.format, bots.template, bots.created_at, bots.updated_at,
        bots.last_active_at
        """
    private static let source: SQL = "bots JOIN users ON users.id = bots.user_id"

    package init(row: Row) throws {
        id = try row["id"]
        user = try row["user_id"]
        username = try row["username"]
        kind = try Kind(rawValue: row["bot_type"]) ?? .webhook
        owner = try row["owner_id"]
        name = try row["name"]
        description = try row["description"]
        isActive = try row["active"]
        channel = try row["channel_id"]
        webhookID = try row["webhook_id"]
        credential = try WebhookCredential(rawValue: row["credential"]) ?? .signature
        format = try WebhookFormat(rawValue: row["format"]) ?? .auto
        template = try row["template"]
        createdAt = try row["created_at"]
        updatedAt = try row["updated_at"]
        lastActiveAt = try row["last_active_at"]
    }
}

extension Bot.Kind {
    /// Of the account in a row; nil: a person's.
    init?(_ row: Row) throws {
        let word: String? = try row["bot_type"]
        guard let kind = word.flatMap(Self.init(rawValue:)) else { return nil }
        self = kind
    }
}

extension Bot {
    /// The condition for one that may act now: neither it nor whoever made it is locked or gone, and whoever made it may
    /// still have bots: for somebody limited it would see and say more than they may.
    static func isUsable(at now: Timestamp) -> SQL {
        """
        (bots.active = TRUE AND (users.locked_until IS NULL OR users.locked_until <= \(now))
            AND NOT EXISTS (SELECT 1 FROM users owners WHERE owners.id = bots.owner_id
                AND (owners.deleted_at IS NOT NULL OR owners.restriction IS NOT NULL OR owners.locked_until > \(now))))
        """
    }

    /// The same in a query that names `users` alone, which holds for people too.
    static func isUsableAccount(at now: Timestamp) -> SQL {
        """
        (users.bot_type IS NULL
            OR EXISTS (SELECT 1 FROM bots WHERE bots.user_id = users.id AND \(isUsable(at: now))))
        """
    }

    static func isUsable(account: User.ID, at now: Timestamp, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            "SELECT users.id FROM users WHERE users.id = \(account) AND \(isUsableAccount(at: now))")
        return found != nil
    }

    /// What somebody's bots have open is looked at again, where there may be any.
    static func closeDoors(of owner: User.ID, _ tx: borrowing Transaction) throws {
        if try count(of: owner, tx) > 0 { tx.announce(.doorsClosed) }
    }

    static func isUsable(_ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            "SELECT bots.id FROM \(source) WHERE bots.id = \(id) AND \(isUsable(at: now))")
        return found != nil
    }

    static func find(_ id: ID, _ tx: borrowing Transaction) throws -> Bot? {
        try tx.fetchOne("SELECT \(columns) FROM \(source) WHERE bots.id = \(id)")
    }

    static func find(named name: String, _ tx: borrowing Transaction) throws -> Bot? {
        guard !name.utf8.contains(0) else { return nil }
        return try tx.fetchOne("SELECT \(columns) FROM \(source) WHERE bots.name_key = \(nameKey(name))")
    }

    static func find(account user: User.ID, _ tx: borrowing Transaction) throws -> Bot? {
        try tx.fetchOne("SELECT \(columns) FROM \(source) WHERE bots.user_id = \(user)")
    }

    /// One that takes requests now.
    static func usable(webhook id: String, at now: Timestamp, _ tx: borrowing Transaction) throws -> Bot? {
        guard !id.utf8.contains(0) else { return nil }
        return try tx.fetchOne(
            "SELECT \(columns) FROM \(source) WHERE bots.webhook_id = \(id) AND \(isUsable(at: now))")
    }

    /// By the secret in an address, for those that were given such an address.
    static func usable(secretHash: [UInt8], at now: Timestamp, _ tx: borrowing Transaction) throws -> Bot? {
        try tx.fetchOne(
            """
            SELECT \(columns) FROM \(source)
            WHERE bots.secret_hash = \(secretHash) AND bots.credential = 'url' AND \(isUsable(at: now))
            """)
    }

    /// - Parameter owner: only the bots of this person; nil: everybody's.
    static func all(of owner: User.ID?, _ tx: borrowing Transaction) throws -> [Bot] {
        let owned: SQL = owner.map { "WHERE bots.owner_id = \($0)" } ?? ""
        return try tx.fetchAll("SELECT \(columns) FROM \(source) \(owned) ORDER BY bots.name_key LIMIT 1000")
    }

    static func count(of owner: User.ID, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired("SELECT COUNT(*) FROM bots WHERE owner_id = \(owner)")
    }

    static func isWebhookTaken(_ id: String, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne("SELECT id FROM bots WHERE webhook_id = \(id)")
        return found != nil
    }

    static func messageCount(of user: User.ID, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired("SELECT COUNT(*) FROM messages WHERE author_id = \(user) AND deleted_at IS NULL")
    }

    static func insert(
        _ new: NewBot, account: User.ID, owner: User.ID?, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> ID {
        let id: Int64 = try tx.fetchRequired(
            """
            INSERT INTO bots (user_id, owner_id, name, name_key, description, channel_id, created_at, updated_at)
            VALUES (\(account), \(owner), \(new.name), \(nameKey(new.name)), \(new.description), \(new.channel), \(now), \(now))
            RETURNING id
            """)
        return ID(id)
    }

    static func update(_ id: ID, _ change: BotChange, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE bots
            SET name = COALESCE(\(change.name), name), name_key = COALESCE(\(change.name.map(nameKey)), name_key),
                description = COALESCE(\(change.description), description), active = COALESCE(\(change.isActive), active),
                credential = COALESCE(\(change.credential?.rawValue), credential),
                format = COALESCE(\(change.format?.rawValue), format), template = COALESCE(\(change.template), template),
                channel_id = COALESCE(\(change.channel), channel_id), updated_at = \(now)
            WHERE id = \(id)
            """)
    }

    static func setWebhook(
        _ webhook: String, secret sealed: [UInt8], hash: [UInt8], of id: ID, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE bots SET webhook_id = \(webhook), secret = \(sealed), secret_hash = \(hash), updated_at = \(now)
            WHERE id = \(id)
            """)
    }

    static func sealedSecret(of id: ID, _ tx: borrowing Transaction) throws -> [UInt8]? {
        let found: Sealed? = try tx.fetchOne("SELECT id, secret FROM bots WHERE id = \(id) AND secret IS NOT NULL")
        return found?.secret
    }

    static func noteActivity(of id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE bots SET last_active_at = \(now) WHERE id = \(id)")
    }

    /// Its account is erased with it; what it wrote stays.
    static func delete(_ id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM bots WHERE id = \(id)")
    }

    /// Webhooks of somebody who is gone stop.
    static func deactivateAll(of owner: User.ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE bots SET active = FALSE WHERE owner_id = \(owner)")
    }

    static func sealedSecrets(_ tx: borrowing Transaction) throws -> [[UInt8]] {
        let found: [Sealed] = try tx.fetchAll("SELECT id, secret FROM bots WHERE secret IS NOT NULL")
        return found.map(\.secret)
    }

    static let sealedPlace = SealedPlace("bots", .webhook) { anew, tx in
        let found: [Sealed] = try tx.fetchAll("SELECT id, secret FROM bots WHERE secret IS NOT NULL ORDER BY id")
        for bot in found {
            let secret = try anew(bot.secret)
            try tx.execute("UPDATE bots SET secret = \(secret) WHERE id = \(bot.id)")
        }
        return found.count
    }

    private struct Sealed: RowDecodable {
        let id: ID
        let secret: [UInt8]

        init(row: Row) throws {
            id = try row["id"]
            secret = try row["secret"]
        }
    }
}
