import Storage

/// Somebody whose password was right, and of whom something more is asked before there is a session.
struct SignInStep: Sendable {
    static let lifetime = Duration.minutes(10)

    enum Stage: String, Sendable {
        case secondFactor = "second_factor"
        /// The old password must not be used any more.
        case newPassword = "new_password"
    }

    let user: User.ID
    let stage: Stage
    /// What was shown so far, for the audit log: "password", "password and code".
    let proof: String
    let expiresAt: Timestamp
}

extension SignInStep: RowDecodable {
    private static let columns: SQL = "user_id, stage, proof, expires_at"

    init(row: Row) throws {
        user = try row["user_id"]
        stage = try Stage(rawValue: row["stage"]) ?? .secondFactor
        proof = try row["proof"]
        expiresAt = try row["expires_at"]
    }

    /// - Returns: the step's secret, for the form that goes on.
    static func begin(
        _ stage: Stage, for user: User.ID, proof: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> String {
        var random = SystemRandomNumberGenerator()
        let token = SecretToken.session(using: &random)
        try tx.execute(
            """
            INSERT INTO sign_in_steps (token_hash, user_id, stage, proof, expires_at)
            VALUES (\(token.hash), \(user), \(stage.rawValue), \(proof), \(now + lifetime))
            """)
        return token.text
    }

    static func find(
        _ token: String, _ stage: Stage, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> SignInStep? {
        try tx.fetchOne(
            """
            SELECT \(columns) FROM sign_in_steps
            WHERE token_hash = \(SecretToken.hash(of: token)) AND stage = \(stage.rawValue) AND expires_at > \(now)
            """)
    }

    static func end(_ token: String, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_steps WHERE token_hash = \(SecretToken.hash(of: token))")
    }

    /// With a new password, whatever the old one began is over.
    static func endAll(of user: User.ID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_steps WHERE user_id = \(user)")
    }

    static func endExpired(at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_steps WHERE expires_at <= \(now)")
    }
}
