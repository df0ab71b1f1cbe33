import Storage

/// What a passkey has to sign: random, for one purpose, for five minutes, once.
struct PasskeyChallenge: Sendable {
    static let byteCount = 32
    static let lifetime = Duration.minutes(5)

    enum Purpose: String, Sendable {
        case register
        /// Signing in, as the only step or the second.
        case signIn = "sign_in"
        case confirm
    }

    let bytes: [UInt8]

    /// - Parameter user: whom it is for, where that is known.
    static func begin(
        _ purpose: Purpose, for user: User.ID?, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> PasskeyChallenge {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
        try tx.execute(
            """
            INSERT INTO passkey_challenges (challenge_hash, user_id, purpose, expires_at)
            VALUES (\(hash(bytes)), \(user), \(purpose.rawValue), \(now + lifetime))
            """)
        return PasskeyChallenge(bytes: bytes)
    }

    /// Uses it up. False when it is nobody's, somebody else's, too old or used.
    static func use(
        _ bytes: [UInt8], _ purpose: Purpose, for user: User.ID?, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        try tx.execute(
            """
            DELETE FROM passkey_challenges
            WHERE challenge_hash = \(hash(bytes)) AND purpose = \(purpose.rawValue) AND expires_at > \(now)
                AND user_id IS NOT DISTINCT FROM \(user)
            """) > 0
    }

    static func endExpired(at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM passkey_challenges WHERE expires_at <= \(now)")
    }

    private static func hash(_ bytes: [UInt8]) -> [UInt8] {
        SecretToken.hash(of: bytes.map { String($0, radix: 16) }.joined(separator: " "))
    }
}
