import Storage

/// The right to choose a new password once, within two hours, for whoever has the link.
enum PasswordReset {
    static let lifetime = Duration.hours(2)

    /// The newest is the only one.
    static func begin(for user: User.ID, hash: [UInt8], at now: Timestamp, _ tx: borrowing Transaction) throws {
        try endAll(of: user, tx)
        try tx.execute(
            """
            INSERT INTO password_resets (token_hash, user_id, expires_at)
            VALUES (\(hash), \(user), \(now + lifetime))
            """)
    }

    static func user(of token: String, at now: Timestamp, _ tx: borrowing Transaction) throws -> User? {
        let id: Int64? = try tx.fetchOne(
            """
            SELECT user_id FROM password_resets
            WHERE token_hash = \(SecretToken.hash(of: token)) AND expires_at > \(now)
            """)
        return try id.flatMap { try User.find(User.ID($0), tx) }
    }

    static func endAll(of user: User.ID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM password_resets WHERE user_id = \(user)")
    }

    static func endExpired(at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM password_resets WHERE expires_at <= \(now)")
    }
}
