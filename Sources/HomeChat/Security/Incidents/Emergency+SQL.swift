import Storage

extension EmergencyState.Measure: RowDecodable {
    package init(row: Row) throws {
        since = try row["began_at"]
        by = try row["begun_by"]
    }
}

/// What stays in force until somebody ends it.
enum EmergencyRow: String {
    case lockdown
    case signUps = "sign_ups"
    case readOnly = "read_only"

    func find(_ tx: borrowing Transaction) throws -> EmergencyState.Measure? {
        try tx.fetchOne("SELECT began_at, begun_by FROM emergency_measures WHERE name = \(rawValue)")
    }

    /// - Returns: false where it was in force already.
    @discardableResult func begin(by name: String, at now: Timestamp, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO emergency_measures (name, began_at, begun_by) VALUES (\(rawValue), \(now), \(name))
            ON CONFLICT (name) DO NOTHING
            """) > 0
    }

    /// - Returns: whether it was in force.
    @discardableResult func end(_ tx: borrowing Transaction) throws -> Bool {
        try tx.execute("DELETE FROM emergency_measures WHERE name = \(rawValue)") > 0
    }
}

extension EmergencyState {
    private struct Locks: RowDecodable {
        let count: Int64
        let until: Timestamp?

        init(row: Row) throws {
            count = try row["locks"]
            until = try row["last_end"]
        }
    }

    static func load(at now: Timestamp, _ tx: borrowing Transaction) throws -> EmergencyState {
        let locks: Locks = try tx.fetchRequired(
            """
            SELECT COUNT(*) AS locks, MAX(users.locked_until) AS last_end
            FROM emergency_locks JOIN users ON users.id = emergency_locks.user_id
                AND users.locked_until = emergency_locks.locked_until
            WHERE users.locked_until > \(now)
            """)
        return EmergencyState(
            lockdown: try EmergencyRow.lockdown.find(tx), readOnly: try EmergencyRow.readOnly.find(tx),
            closedSignUps: try EmergencyRow.signUps.find(tx) != nil, lockedUsers: locks.count,
            lockedUntil: locks.until,
            passwordsToRenew: try tx.fetchRequired(
                "SELECT COUNT(*) FROM users WHERE must_change_password = TRUE AND deleted_at IS NULL"),
            sessions: try tx.fetchRequired("SELECT COUNT(*) FROM sessions"),
            tokens: try tx.fetchRequired("SELECT COUNT(*) FROM api_tokens WHERE revoked_at IS NULL"))
    }
}

/// Changes to many rows at once, for an emergency.
enum EmergencyChange {
    static func revokeTokens(at now: Timestamp, _ tx: borrowing Transaction) throws -> Int64 {
        Int64(try tx.execute("UPDATE api_tokens SET revoked_at = \(now) WHERE revoked_at IS NULL"))
    }

    /// With them goes whatever a password or a passkey has begun and not finished.
    static func endSessions(except kept: Session.ID?, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.execute("DELETE FROM sign_in_steps")
        let others: SQL = kept.map { "WHERE id <> \($0)" } ?? ""
        return Int64(try tx.execute("DELETE FROM sessions \(others)"))
    }

    /// Whoever is locked for longer stays so. Rows of locks that are over, or that an admin changed since, count no more.
    static func lockUsers(until end: Timestamp, at now: Timestamp, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.execute(
            """
            DELETE FROM emergency_locks
            WHERE locked_until <= \(now) OR NOT EXISTS (SELECT 1 FROM users
                WHERE users.id = emergency_locks.user_id AND users.locked_until = emergency_locks.locked_until)
            """)
        let changed: SQL = """
            role <> 'admin' AND deleted_at IS NULL AND (locked_until IS NULL OR locked_until < \(end))
            """
        try tx.execute(
            """
            INSERT INTO emergency_locks (user_id, locked_until, earlier)
            SELECT id, \(end), locked_until FROM users WHERE \(changed)
            ON CONFLICT (user_id) DO UPDATE SET locked_until = excluded.locked_until
            """)
        return Int64(try tx.execute("UPDATE users SET locked_until = \(end) WHERE \(changed)"))
    }

    /// Exactly those locks that an emergency set and nobody changed since.
    static func unlockUsers(at now: Timestamp, _ tx: borrowing Transaction) throws -> Int64 {
        let unlocked = try tx.execute(
            """
            UPDATE users
            SET locked_until = (SELECT earlier FROM emergency_locks WHERE emergency_locks.user_id = users.id)
            WHERE EXISTS (SELECT 1 FROM emergency_locks
                WHERE emergency_locks.user_id = users.id AND emergency_locks.locked_until = users.locked_until)
                AND locked_until > \(now)
            """)
        try tx.execute("DELETE FROM emergency_locks")
        return Int64(unlocked)
    }

    /// Links for a forgotten password go too: one may be in the wrong hands.
    static func requireNewPasswords(_ tx: borrowing Transaction) throws -> Int64 {
        try tx.execute("DELETE FROM password_resets")
        try tx.execute("DELETE FROM sign_in_steps")
        return Int64(
            try tx.execute(
                """
                UPDATE users SET must_change_password = TRUE
                WHERE deleted_at IS NULL AND password_digest IS NOT NULL
                """))
    }

    static func admins(_ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired("SELECT COUNT(*) FROM users WHERE role = 'admin' AND deleted_at IS NULL")
    }
}
