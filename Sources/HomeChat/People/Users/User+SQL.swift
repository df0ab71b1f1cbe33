import Storage

extension User: RowDecodable {
    static let columns: SQL = """
        users.id, users.username, users.display_name, users.role, users.status, users.status_emoji, users.time_zone,
        users.theme, users.enter_sends, users.locked_until, users.deleted_at, users.last_seen_at, users.online_until,
        users.created_at, users.email, users.password_score, users.must_change_password, users.awaits_approval,
        users.restriction, users.access_until, users.bot_type, users.quiet_until
        """

    package init(row: Row) throws {
        id = try row["id"]
        username = try row["username"]
        displayName = try row["display_name"]
        role = try Role(row)
        status = try row["status"]
        statusEmoji = try row["status_emoji"]
        timeZone = try row["time_zone"]
        theme = try Theme(rawValue: row["theme"]) ?? .system
        enterSends = try row["enter_sends"]
        lockedUntil = try row["locked_until"]
        deletedAt = try row["deleted_at"]
        lastSeenAt = try row["last_seen_at"]
        onlineUntil = try row["online_until"]
        createdAt = try row["created_at"]
        email = try row["email"]
        passwordScore = try row["password_score"]
        mustChangePassword = try row["must_change_password"]
        awaitsApproval = try row["awaits_approval"]
        accessUntil = try row["access_until"]
        bot = try Bot.Kind(row)
        quietUntil = try row["quiet_until"]
    }
}

extension User {
    /// Not for those who are gone or not let in yet.
    static let isHere: SQL = "deleted_at IS NULL AND awaits_approval = FALSE"

    static func find(_ id: ID, _ tx: borrowing Transaction) throws -> User? {
        try tx.fetchOne("SELECT \(columns) FROM users WHERE id = \(id) AND deleted_at IS NULL")
    }

    static func find(_ ids: [ID], _ tx: borrowing Transaction) throws -> [User] {
        try tx.fetchAll("SELECT \(columns) FROM users WHERE id IN (\(list: ids)) ORDER BY name_key")
    }

    static func find(named name: String, _ tx: borrowing Transaction) throws -> User? {
        guard !name.utf8.contains(0) else { return nil }  // no database takes a NUL, and nobody is called so
        return try tx.fetchOne("SELECT \(columns) FROM users WHERE name_key = \(nameKey(name)) AND deleted_at IS NULL")
    }

    static func named(_ keys: [String], _ tx: borrowing Transaction) throws -> [User] {
        try tx.fetchAll("SELECT \(columns) FROM users WHERE name_key IN (\(list: keys)) AND \(isHere)")
    }

    static func exists(_ tx: borrowing Transaction) throws -> Bool {
        let one: Int64? = try tx.fetchOne("SELECT id FROM users LIMIT 1")
        return one != nil
    }

    static func page(after key: String, limit: Int, _ tx: borrowing Transaction) throws -> [User] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM users
            WHERE deleted_at IS NULL AND bot_type IS NULL AND name_key > \(key)
            ORDER BY name_key
            LIMIT \(limit)
            """)
    }

    static func insert(
        _ account: NewAccount, digest: String?, role: Role, awaitsApproval: Bool = false, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws -> User {
        try tx.fetchRequired(
            """
            INSERT INTO users (username, name_key, display_name, role, restriction, password_digest, password_score,
                awaits_approval, created_at)
            VALUES (\(account.username.text), \(account.username.key), \(account.displayName), \(role.word), \(role.restriction),
                \(digest), \(account.password.strength.score), \(awaitsApproval), \(now))
            RETURNING \(columns)
            """)
    }

    /// Somebody who comes in by another way than a password.
    static func insert(
        _ username: Username, displayName: String, role: Role, awaitsApproval: Bool, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws -> User {
        try tx.fetchRequired(
            """
            INSERT INTO users (username, name_key, display_name, role, restriction, awaits_approval, created_at)
            VALUES (\(username.text), \(username.key), \(displayName), \(role.word), \(role.restriction),
                \(awaitsApproval), \(now))
            RETURNING \(columns)
            """)
    }

    /// The account of a bot: nobody can sign in with it.
    static func insertBot(
        _ username: Username, _ bot: NewBot, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> ID {
        let id: Int64 = try tx.fetchRequired(
            """
            INSERT INTO users (username, name_key, display_name, role, bot_type, created_at)
            VALUES (\(username.text), \(username.key), \(bot.name), 'user', \(bot.kind.rawValue), \(now))
            RETURNING id
            """)
        return ID(id)
    }

    static func activeAdmins(_ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired(
            "SELECT COUNT(*) FROM users WHERE role = 'admin' AND \(isHere) AND locked_until IS NULL")
    }

    static func passwordDigest(of id: ID, _ tx: borrowing Transaction) throws -> String? {
        struct Digest: RowDecodable {
            let text: String?
            init(row: Row) throws { text = try row["password_digest"] }
        }
        let found: Digest? = try tx.fetchOne("SELECT password_digest FROM users WHERE id = \(id)")
        return found?.text
    }

    static func setPasswordDigest(_ digest: String, of id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE users SET password_digest = \(digest) WHERE id = \(id)")
    }

    /// One that the person chose or was given; it needs no changing any more.
    static func setPassword(_ digest: String, score: Int, of id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE users SET password_digest = \(digest), password_score = \(score), must_change_password = FALSE
            WHERE id = \(id)
            """)
    }

    static func approve(_ id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE users SET awaits_approval = FALSE WHERE id = \(id)")
    }

    static func setQuiet(until moment: Timestamp?, of id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE users SET quiet_until = \(moment) WHERE id = \(id)")
    }

    static func setEmail(_ email: String?, of id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE users SET email = \(email) WHERE id = \(id)")
    }

    /// A household may share an address, so there can be several.
    static func find(email: String, _ tx: borrowing Transaction) throws -> [User] {
        try tx.fetchAll("SELECT \(columns) FROM users WHERE email = \(email) AND \(isHere) ORDER BY id LIMIT 5")
    }

    static func setLock(until moment: Timestamp?, of id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE users SET locked_until = \(moment) WHERE id = \(id)")
    }

    static func setProfile(_ change: ProfileChange, of id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE users
            SET display_name = COALESCE(\(change.displayName), display_name), status = COALESCE(\(change.status), status),
                status_emoji = COALESCE(\(change.statusEmoji), status_emoji), time_zone = COALESCE(\(change.timeZone), time_zone),
                theme = COALESCE(\(change.theme?.rawValue), theme), enter_sends = COALESCE(\(change.enterSends), enter_sends)
            WHERE id = \(id)
            """)
    }

    /// The account goes, its messages stay under a name that says so; the old name is free again.
    static func erase(_ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        let name = "deleted-\(id)"
        try tx.execute(
            """
            UPDATE users
            SET username = \(name), name_key = \(name), display_name = 'Deleted account', password_digest = NULL, role = 'user',
                restriction = NULL, access_until = NULL, email = NULL,
                status = '', status_emoji = '', online_until = NULL, last_seen_at = NULL, deleted_at = \(now)
            WHERE id = \(id)
            """)
        try tx.execute("DELETE FROM sessions WHERE user_id = \(id)")
        try tx.execute("DELETE FROM sign_in_steps WHERE user_id = \(id)")
        try tx.execute("DELETE FROM second_factors WHERE user_id = \(id)")
        try tx.execute("DELETE FROM backup_codes WHERE user_id = \(id)")
        try tx.execute("DELETE FROM passkeys WHERE user_id = \(id)")
        try tx.execute("DELETE FROM openid_identities WHERE user_id = \(id)")
        try tx.execute("DELETE FROM password_resets WHERE user_id = \(id)")
        try tx.execute("DELETE FROM known_places WHERE user_id = \(id)")
        try tx.execute("DELETE FROM sign_in_notices WHERE user_id = \(id)")
        try tx.execute("DELETE FROM chosen_people WHERE user_id = \(id) OR person_id = \(id)")
        try tx.execute("DELETE FROM api_tokens WHERE user_id = \(id)")
        try tx.execute("DELETE FROM memberships WHERE user_id = \(id)")
        try File.withdrawAll(by: id, tx)
    }
}
