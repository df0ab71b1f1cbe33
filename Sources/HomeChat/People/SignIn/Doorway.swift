import Crypto
import Storage

/// The last step of every way in: a new session, noted where it comes from and written down.
struct Doorway: Sendable {
    let audit: AuditLog
    /// Signs the cookie of a device that is known from now on.
    let deviceKey: SymmetricKey

    /// - Parameter proof: what was shown, for the audit log: "password", "passkey", …
    func open(
        _ user: User, on device: Device, proof: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Accounts.SignedIn {
        var random = SystemRandomNumberGenerator()
        let secret = SecretToken.session(using: &random)
        let session = try Session.insert(for: user.id, hash: secret.hash, on: device, at: now, tx)
        for ended in try Session.endSuperfluous(of: user.id, device.kind, tx) { tx.announce(.sessionEnded(ended)) }
        let isKnown = device.known.device(of: user.id, at: now, deviceKey) != nil
        let places = try KnownPlaces.note(user.id, on: device, isKnownDevice: isKnown, at: now, tx)
        try SignInNotice.insert(for: user.id, places, on: device, at: now, tx)
        try audit.record(
            .login, user: user.id, actor: user.username, from: device.caller, target: "session:\(session.id)",
            details: ["proof": proof].merging(places.details) { $1 }, tx)
        return Accounts.SignedIn(
            user: user, session: session, token: secret.text,
            deviceCookie: device.known.adding(user.id, at: now, deviceKey).cookie)
    }
}

extension Session {
    /// The same session under a new id and a new secret, so that whoever copied the old one is out.
    static func renew(_ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws -> String? {
        var random = SystemRandomNumberGenerator()
        let secret = SecretToken.session(using: &random)
        let copied = try tx.execute(
            """
            INSERT INTO sessions (user_id, token_hash, kind, user_agent, ip_address, created_at, last_seen_at, proven_at)
            SELECT user_id, \(secret.hash), kind, user_agent, ip_address, created_at, \(now), \(now)
            FROM sessions WHERE id = \(id)
            """)
        guard copied > 0 else { return nil }
        try tx.execute("DELETE FROM sessions WHERE id = \(id)")
        tx.announce(.sessionEnded(id))
        return secret.text
    }
}
