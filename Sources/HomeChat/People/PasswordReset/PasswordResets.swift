import Storage

/// Getting back in after forgetting the password: by mail, or by a link from an admin.
package struct PasswordResets: Sendable {
    let database: any Database
    let accounts: Accounts
    let hasher: PasswordHasher
    let limits: RateLimits
    let mail: Postman?
    let audit: AuditLog
    package let publicAddress: PublicAddress
    let now: @Sendable () -> Timestamp

    /// Whether a link can be sent at all, for the page to say.
    var canSendMail: Bool { mail != nil && publicAddress.isKnown }

    /// Does the same for everybody, and tells nobody who there is. The mail goes out later.
    /// - Parameter name: a user name or an e-mail address.
    func ask(for name: String, from caller: Caller) async throws {
        try limits.spend(.reset, .address(caller.ipAddress))
        var letters: [Mail] = []
        if canSendMail {
            letters = try await database.write { tx in
                let asked = try people(called: name, tx)
                try audit.record(
                    .passwordResetAsked, user: asked.first?.id, actor: asked.first?.username ?? "unknown", from: caller,
                    target: asked.first.map { "user:\($0.id)" } ?? "", tx)
                return try asked.compactMap { try letter(to: $0, tx) }
            }
        }
        for letter in letters { mail?.post(letter) }
    }

    /// The secret of a link that an admin hands over.
    package func link(for id: User.ID, as principal: Principal) async throws -> String {
        try principal.requireAdmin()
        return try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            guard let user = try User.find(id, tx) else { throw ChatError.notFound("user") }
            try audit.record(.passwordResetAsked, by: principal, target: "user:\(user.id)", tx)
            return try begin(for: user, tx)
        }
    }

    package func address(of secret: String) -> String { publicAddress.link(to: "/reset?key=\(secret)") }

    func isOpen(_ secret: String) async throws -> Bool {
        try await database.read { [now] tx in try PasswordReset.user(of: secret, at: now(), tx) != nil }
    }

    /// Sets the password and signs nobody in: whoever has a second step goes through it as ever.
    func use(_ secret: String, password text: String, from caller: Caller) async throws {
        let user = try await database.read { [now] tx in try PasswordReset.user(of: secret, at: now(), tx) }
        guard let user else { throw ChatError.notFound("link") }
        let password = try await accounts.fit(text, for: user.username)
        let digest = try await hasher.digest(of: password)
        try await database.write { [now] tx in
            // Looked at again: of two who use it at once, one does.
            guard try PasswordReset.user(of: secret, at: now(), tx)?.id == user.id else {
                throw ChatError.notFound("link")
            }
            try accounts.setPassword(digest, password, of: user.id, username: user.username, keeping: nil, tx)
            try audit.record(
                .passwordResetUsed, user: user.id, actor: user.username, from: caller, target: "user:\(user.id)", tx)
        }
    }

    private func people(called name: String, _ tx: borrowing Transaction) throws -> [User] {
        if let user = try User.find(named: name, tx) { return [user] }
        guard let email = try? EmailAddress(name) else { return [] }
        return try User.find(email: email.text, tx)
    }

    private func begin(for user: User, _ tx: borrowing Transaction) throws -> String {
        var random = SystemRandomNumberGenerator()
        let token = SecretToken.session(using: &random)
        try PasswordReset.begin(for: user.id, hash: token.hash, at: now(), tx)
        return token.text
    }

    /// nil for somebody without an address, or who may not come in anyway.
    private func letter(to user: User, _ tx: borrowing Transaction) throws -> Mail? {
        guard let email = user.email, !user.isLocked(at: now()) else { return nil }
        let siteName = try SiteSettings.load(tx).siteName
        let address = address(of: try begin(for: user, tx))
        return Mail(
            to: email, subject: "A new password for \(siteName)",
            text: """
                Hello \(user.displayName),

                somebody asked for a new password for your account \(user.username) on \(siteName).
                If it was you, choose one here within two hours:

                \(address)

                If it was not you, there is nothing to do: your password stays as it is.
                """)
    }
}
