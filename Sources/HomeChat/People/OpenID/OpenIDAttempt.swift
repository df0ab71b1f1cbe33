import Crypto
import Foundation
import Storage
import WebAuthn

/// Somebody on the way to the provider and back. Their browser keeps it, sealed: what is asked of strangers fills no table,
/// and an answer counts only in the browser that asked.
struct OpenIDAttempt: Sendable, Codable, Equatable {
    static let lifetime = Duration.minutes(10)
    static let maximumPath = 1000

    enum Purpose: String, Sendable, Codable {
        case signIn = "sign_in"
        /// Somebody who is signed in connects the account to the one there.
        case connect
        /// Somebody who is signed in shows again who they are.
        case confirm
    }

    let purpose: Purpose
    let state: String
    let nonce: String
    let verifier: String
    /// In milliseconds since 1970.
    private let startedAtMilliseconds: Int64
    /// Who began it, of those who are signed in.
    let user: User.ID?
    let returnTo: String?
    /// The secret of an admin's link, for a new account.
    let invitation: String?

    init(_ purpose: Purpose, user: User.ID? = nil, returnTo: String?, invitation: String? = nil, at now: Timestamp) {
        var random = SystemRandomNumberGenerator()
        func secret() -> String { SecretToken.session(using: &random).text }
        self.purpose = purpose
        state = secret()
        nonce = secret()
        verifier = secret()
        startedAtMilliseconds = now.milliseconds
        self.user = user
        self.returnTo = returnTo.flatMap { $0.utf8.count <= Self.maximumPath ? $0 : nil }
        self.invitation = invitation.flatMap { $0.utf8.count <= 100 ? $0 : nil }
    }

    var startedAt: Timestamp { Timestamp(milliseconds: startedAtMilliseconds) }
    var expiresAt: Timestamp { startedAt + Self.lifetime }

    /// What the provider keeps of the verifier (RFC 7636, 4.2).
    var challenge: String { Base64URL.encode(SHA256.hash(data: Data(verifier.utf8))) }
}

extension OpenIDAttempt {
    static let maximumCookie = 3000

    func sealed(_ sealer: Sealer) throws -> String {
        Base64URL.encode(try sealer.key.seal(try JSONEncoder().encode(self), for: .openID))
    }

    /// nil for what this server did not make for this purpose, and for what is over.
    /// - Parameter cookie: what the browser sent, whoever wrote it.
    init?(cookie: String?, _ sealer: Sealer, at now: Timestamp) {
        guard let cookie, cookie.utf8.count <= Self.maximumCookie, let sealed = Base64URL.decode(cookie),
            let bytes = try? sealer.open(sealed, for: .openID),
            let attempt = try? JSONDecoder().decode(OpenIDAttempt.self, from: Data(bytes)),
            attempt.startedAt <= now + IDToken.skew, attempt.expiresAt > now
        else { return nil }
        self = attempt
    }

    /// Uses it up; false where that was done already, on any node.
    func use(_ tx: borrowing Transaction) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO openid_used_states (state_hash, expires_at)
            VALUES (\(SecretToken.hash(of: state)), \(expiresAt))
            ON CONFLICT (state_hash) DO NOTHING
            """) > 0
    }

    static func removeOld(at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM openid_used_states WHERE expires_at <= \(now)")
    }
}
