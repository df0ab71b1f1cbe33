import Storage

/// Making accounts and getting into them.
package struct Accounts: Sendable {
    let database: any Database
    let hasher: PasswordHasher
    let now: @Sendable () -> Timestamp

    package struct SignedIn: Sendable {
        package let user: User
        package let session: Session
        /// The session's secret; this is the only time that anybody sees it.
        package let token: String
    }

    package func needsFirstRun() async throws -> Bool {
        try await database.read { tx in try !User.exists(tx) }
    }

    /// The first account, which is the admin's, and `#home`. Exactly one caller succeeds, however many try at once.
    package func setUp(siteName: String?, _ account: NewAccount, device: Device) async throws -> SignedIn {
        let siteName = try siteName.map { try SiteSettings.name($0) }
        return try await enter(account, siteName: siteName, device: device) { isInhabited, _ in
            guard !isInhabited else { throw ChatError.conflict("this HomeChat is set up already") }
            return .admin
        }
    }

    package func signUp(_ account: NewAccount, device: Device) async throws -> SignedIn {
        try await enter(account, device: device) { isInhabited, tx in
            guard isInhabited else { return .admin }
            guard try SiteSettings.load(tx).allowSignups else {
                throw ChatError.forbidden("sign-ups are closed, ask an admin")
            }
            return .user
        }
    }

    /// - Throws: `unauthenticated` for an unknown name, a wrong password and a locked account alike.
    package func signIn(username: String, password: String, device: Device) async throws -> SignedIn {
        struct Candidate: Sendable {
            let user: User
            let digest: String?
        }
        let candidate = try await database.read { tx -> Candidate? in
            guard let user = try User.find(named: username, tx) else { return nil }
            return Candidate(user: user, digest: try User.passwordDigest(of: user.id, tx))
        }
        let isRight = try await hasher.verify(password, against: candidate?.digest)
        guard isRight, let candidate else { throw ChatError.unauthenticated }
        return try await database.write { [now] tx in
            let moment = now()
            // Looked at again: the account may have been locked or its password changed while the hash was computed.
            guard let user = try User.find(candidate.user.id, tx), !user.isLocked(at: moment),
                try User.passwordDigest(of: user.id, tx) == candidate.digest
            else { throw ChatError.unauthenticated }
            return try Self.open(user, on: device, at: moment, tx)
        }
    }

    package func signOut(_ principal: Principal) async throws {
        guard case .session(let session) = principal.credential else {
            throw ChatError.forbidden("a token has no session to end; revoke it instead")
        }
        try await database.write { tx in
            if try Session.end(session, of: principal.user, tx) { tx.announce(.sessionEnded(session)) }
        }
    }

    /// Ends every other session of the account.
    package func changePassword(current: String, new: String, as principal: Principal) async throws {
        try principal.requireOwnAccount()
        let password = try Password(new, for: principal.username)
        let digest = try await database.read { tx in try User.passwordDigest(of: principal.user, tx) }
        guard try await hasher.verify(current, against: digest) else {
            throw ChatError.invalid("current_password", "is wrong")
        }
        try await store(password, for: principal.user, keeping: principal.credential, ifStill: digest)
    }

    /// A new password set by an admin; the person is signed out everywhere.
    package func resetPassword(of id: User.ID, to new: String, as principal: Principal) async throws {
        try principal.requireAdmin()
        let user = try await database.read { tx in try User.find(id, tx) }
        guard let user else { throw ChatError.notFound("user") }
        try await store(try Password(new, for: user.username), for: id, keeping: nil, ifStill: nil)
    }

    package func createUser(_ account: NewAccount, role: User.Role, as principal: Principal) async throws -> User {
        try principal.requireAdmin()
        let digest = try await hasher.digest(of: account.password)
        return try await database.write { [now] tx in
            let user = try Self.create(account, digest: digest, role: role, at: now(), tx)
            try SecurityChannel.refreshMembers(at: now(), tx)
            return user
        }
    }

    private func store(
        _ password: Password, for user: User.ID, keeping kept: Principal.Credential?, ifStill old: String?
    ) async throws {
        let digest = try await hasher.digest(of: password)
        try await database.write { tx in
            if let old, try User.passwordDigest(of: user, tx) != old {
                throw ChatError.conflict("the password was changed meanwhile")
            }
            try User.setPasswordDigest(digest, of: user, tx)
            var session: Session.ID?
            if case .session(let id) = kept { session = id }
            for ended in try Session.endAll(of: user, except: session, tx) { tx.announce(.sessionEnded(ended)) }
        }
    }

    private func enter(
        _ account: NewAccount, siteName: String? = nil, device: Device,
        role: @escaping @Sendable (_ isInhabited: Bool, borrowing Transaction) throws -> User.Role
    ) async throws -> SignedIn {
        // Asked before the hash is computed too, so that closed doors cost nothing.
        _ = try await database.read { tx in try role(User.exists(tx), tx) }
        let digest = try await hasher.digest(of: account.password)
        return try await database.write { [now] tx in
            let moment = now()
            let role = try role(User.exists(tx), tx)
            if let siteName { try SiteSettings.set(.siteName, to: siteName, tx) }
            let user = try Self.create(account, digest: digest, role: role, at: moment, tx)
            return try Self.open(user, on: device, at: moment, tx)
        }
    }

    private static func create(
        _ account: NewAccount, digest: String, role: User.Role, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> User {
        guard try User.find(named: account.username.text, tx) == nil else {
            throw ChatError.invalid("username", "is taken")
        }
        let user = try User.insert(account, digest: digest, role: role, at: now, tx)
        let home = try Channel.home(ownedBy: user, at: now, tx)
        try Membership.begin(user.id, in: home.id, at: now, tx)
        tx.announce(.joined(home.id, user.id))
        return user
    }

    private static func open(
        _ user: User, on device: Device, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> SignedIn {
        var random = SystemRandomNumberGenerator()
        let secret = SecretToken.session(using: &random)
        let session = try Session.insert(for: user.id, hash: secret.hash, on: device, at: now, tx)
        return SignedIn(user: user, session: session, token: secret.text)
    }
}

extension Transaction {
    func announce(_ event: Event) {
        announce(event.notice)
    }
}
