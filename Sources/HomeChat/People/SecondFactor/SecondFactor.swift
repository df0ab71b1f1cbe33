import Storage

/// Somebody's second step at signing in: the codes of an app, or a passkey alone. Not in force before it was tried once.
struct SecondFactor: Sendable {
    let user: User.ID
    /// Sealed. nil: there is no app, only passkeys and backup codes count.
    let sealedSecret: [UInt8]?
    let lastStep: Int64?
    let enabledAt: Timestamp?

    var isEnabled: Bool { enabledAt != nil }
    var hasApp: Bool { sealedSecret != nil }

    /// How a code was right.
    enum Match: Sendable, Equatable {
        case app, backupCode
    }
}

extension SecondFactor: RowDecodable {
    private static let columns: SQL = "user_id, secret, last_step, enabled_at"

    init(row: Row) throws {
        user = try row["user_id"]
        sealedSecret = try row["secret"]
        lastStep = try row["last_step"]
        enabledAt = try row["enabled_at"]
    }

    static func find(of user: User.ID, _ tx: borrowing Transaction) throws -> SecondFactor? {
        try tx.fetchOne("SELECT \(columns) FROM second_factors WHERE user_id = \(user)")
    }

    static func enabled(of user: User.ID, _ tx: borrowing Transaction) throws -> SecondFactor? {
        guard let found = try find(of: user, tx), found.isEnabled else { return nil }
        return found
    }

    /// Those who have one, of many.
    static func enabled(among users: [User.ID], _ tx: borrowing Transaction) throws -> Set<User.ID> {
        let found: [Int64] = try tx.fetchAll(
            "SELECT user_id FROM second_factors WHERE enabled_at IS NOT NULL AND user_id IN (\(list: users))")
        return Set(found.map { User.ID($0) })
    }

    /// A new secret that waits for its first code; in the place of one that waited in vain.
    static func prepare(
        _ sealed: [UInt8], for user: User.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO second_factors (user_id, secret, created_at)
            VALUES (\(user), \(sealed), \(now))
            ON CONFLICT (user_id) DO UPDATE
            SET secret = excluded.secret, last_step = NULL, created_at = excluded.created_at
            """)
    }

    static func enable(
        for user: User.ID, step: Int64?, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO second_factors (user_id, last_step, enabled_at, created_at)
            VALUES (\(user), \(step), \(now), \(now))
            ON CONFLICT (user_id) DO UPDATE SET last_step = excluded.last_step, enabled_at = excluded.enabled_at
            """)
    }

    static let sealedPlace = SealedPlace("second_factors", .totp) { anew, tx in
        let factors: [SecondFactor] = try tx.fetchAll(
            "SELECT \(columns) FROM second_factors WHERE secret IS NOT NULL ORDER BY user_id")
        for factor in factors {
            guard let sealed = factor.sealedSecret else { continue }
            let secret = try anew(sealed)
            try tx.execute("UPDATE second_factors SET secret = \(secret) WHERE user_id = \(factor.user)")
        }
        return factors.count
    }

    static func setLastStep(_ step: Int64, of user: User.ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE second_factors SET last_step = \(step) WHERE user_id = \(user)")
    }

    static func remove(of user: User.ID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM second_factors WHERE user_id = \(user)")
        try tx.execute("DELETE FROM backup_codes WHERE user_id = \(user)")
    }
}

extension BackupCode {
    /// The old ones are worth nothing any more.
    static func replaceAll(of user: User.ID, with hashes: [[UInt8]], _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM backup_codes WHERE user_id = \(user)")
        for hash in hashes {
            try tx.execute("INSERT INTO backup_codes (user_id, code_hash) VALUES (\(user), \(hash))")
        }
    }

    /// False when there is no such code, or none any more.
    static func use(_ hash: [UInt8], of user: User.ID, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute("DELETE FROM backup_codes WHERE user_id = \(user) AND code_hash = \(hash)") > 0
    }

    static func left(of user: User.ID, _ tx: borrowing Transaction) throws -> Int {
        try tx.fetchRequired("SELECT COUNT(*) FROM backup_codes WHERE user_id = \(user)")
    }
}
