import Storage

/// Making accounts, and their passwords.
package struct Accounts: Sendable {
    let database: any Database
    let hasher: PasswordHasher
    let limits: RateLimits
    let lockout: Lockout
    let doorway: Doorway
    let proofs: Proofs
    let audit: AuditLog
    let setUpGate: SetUpGate
    let now: @Sendable () -> Timestamp

    package struct SignedIn: Sendable {
        package let user: User
        package let session: Session
        /// The session's secret; this is the only time that anybody sees it.
        package let token: String
        /// What the browser keeps to be known by, the next time.
        package let deviceCookie: String
    }

    package func needsFirstRun() async throws -> Bool {
        try await database.read { tx in try !User.exists(tx) }
    }

    /// The first account, which is the admin's, and `#home`. Exactly one caller succeeds, however many try at once.
    package func setUp(
        siteName: String?, _ account: NewAccount, secret: String? = nil, device: Device
    ) async throws -> SignedIn {
        let siteName = try siteName.map { try SiteSettings.name($0) }
        return try await enter(account, siteName: siteName, device: device) { [setUpGate] isInhabited, _ in
            guard !isInhabited else { throw ChatError.conflict("this HomeChat is set up already") }
            try setUpGate.require(secret)
            return Entrance(role: .admin)
        }
    }

    /// - Parameter secret: the set-up secret, where the first account needs one.
    /// - Parameter invitation: from an admin's link.
    package func signUp(
        _ account: NewAccount, invitation: String? = nil, secret: String? = nil, device: Device
    ) async throws -> SignedIn {
        try limits.spend(.signup, .address(device.caller.ipAddress))
        return try await enter(account, invitation: invitation, device: device) { [setUpGate, now] isInhabited, tx in
            guard isInhabited else {
                try setUpGate.require(secret)
                return Entrance(role: .admin)
            }
            let isInvited = try invitation.map { try Invitation.find($0, at: now(), tx) != nil } ?? false
            return Entrance(
                role: .user, awaitsApproval: try SiteSettings.load(tx).signUps.requiresApproval(isInvited: isInvited))
        }
    }

    package func signOut(_ principal: Principal) async throws {
        guard case .session(let session) = principal.credential else {
            throw ChatError.forbidden("a token has no session to end; revoke it instead")
        }
        try await database.write { tx in
            guard try Session.end(session, of: principal.user, tx) else { return }
            tx.announce(.sessionEnded(session))
            try audit.record(.logout, by: principal, target: "session:\(session)", tx)
        }
    }

    /// Ends every other session of the account, and gives this one a new secret. Whoever has no password yet shows in another
    /// way who they are, not long ago, instead of the current one.
    /// - Returns: that secret.
    @discardableResult package func changePassword(
        current: String, new: String, as principal: Principal
    ) async throws -> String? {
        try principal.requireOwnAccount()
        let password = try await fit(new, for: principal.username)
        let old =
            try await proofs.hasPassword(principal)
            ? proofs.require(current, field: "current_password", as: principal) : nil
        let digest = try await hasher.digest(of: password)
        return try await database.write { [now] tx in
            guard try User.passwordDigest(of: principal.user, tx) == old else {
                throw ChatError.conflict("the password was changed meanwhile")
            }
            if old == nil { try Proof.require(principal, at: now(), tx) }
            guard case .session(let kept) = principal.credential else { throw ChatError.unauthenticated }
            try setPassword(digest, password, of: principal.user, username: principal.username, keeping: kept, tx)
            try audit.record(.passwordChange, by: principal, target: "user:\(principal.user)", tx)
            return try Session.renew(kept, at: now(), tx)
        }
    }

    /// A new password set by an admin; the person is signed out everywhere.
    package func resetPassword(of id: User.ID, to new: String, as principal: Principal) async throws {
        try principal.requireAdmin()
        let user = try await database.read { tx in try User.find(id, tx) }
        guard let user else { throw ChatError.notFound("user") }
        let password = try await fit(new, for: user.username)
        let digest = try await hasher.digest(of: password)
        try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            try setPassword(digest, password, of: id, username: user.username, keeping: nil, tx)
            try audit.record(
                .passwordChange, by: principal, target: "user:\(id)", details: ["reason": "set by an admin"], tx)
        }
    }

    package func createUser(_ account: NewAccount, role: User.Role, as principal: Principal) async throws -> User {
        try principal.requireAdmin()
        let digest = try await hasher.digest(of: account.password)
        return try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            let user = try Self.create(account, digest: digest, Entrance(role: role), at: now(), tx)
            try audit.record(
                .accountCreated, by: principal, target: "user:\(user.id)",
                details: ["username": user.username, "role": role.rawValue], tx)
            return user
        }
    }

    func fit(_ text: String, for username: String) async throws -> Password {
        let siteName = try await database.read { tx in try SiteSettings.load(tx).siteName }
        return try Password(text, for: username, siteName: siteName)
    }

    /// Ends what the old password opened or began.
    func setPassword(
        _ digest: String, _ password: Password, of id: User.ID, username: String, keeping kept: Session.ID?,
        _ tx: borrowing Transaction
    ) throws {
        try User.setPassword(digest, score: password.strength.score, of: id, tx)
        try SignInStep.endAll(of: id, tx)
        try PasswordReset.endAll(of: id, tx)
        try lockout.unlock(username, tx)
        for ended in try Session.endAll(of: id, except: kept, tx) { tx.announce(.sessionEnded(ended)) }
    }
}

extension Accounts {
    /// How a new account comes in.
    struct Entrance: Sendable {
        let role: User.Role
        var awaitsApproval = false
    }

    private func enter(
        _ account: NewAccount, siteName: String? = nil, invitation: String? = nil, device: Device,
        entrance: @escaping @Sendable (_ isInhabited: Bool, borrowing Transaction) throws -> Entrance
    ) async throws -> SignedIn {
        // Asked before the hash is computed too, so that closed doors cost nothing.
        let name = try await database.read { tx in
            _ = try entrance(User.exists(tx), tx)
            return try siteName ?? SiteSettings.load(tx).siteName
        }
        let digest = try await hasher.digest(of: try account.password.checked(for: name))
        return try await database.write { [now] tx in
            let moment = now()
            let entrance = try entrance(User.exists(tx), tx)
            if let siteName { try SiteSettings.set(.siteName, to: siteName, tx) }
            let user = try Self.create(account, digest: digest, entrance, at: moment, tx)
            if let invitation { try Invitation.use(invitation, by: user.id, at: moment, tx) }
            try audit.record(
                .accountCreated, user: user.id, actor: user.username, from: device.caller, target: "user:\(user.id)",
                details: ["role": user.role.rawValue, "awaits_approval": String(user.awaitsApproval)], tx)
            return try doorway.open(user, on: device, proof: "sign-up", at: moment, tx)
        }
    }

    static func create(
        _ account: NewAccount, digest: String, _ entrance: Entrance, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> User {
        guard try User.find(named: account.username.text, tx) == nil else {
            throw ChatError.invalid("username", "is taken")
        }
        let user = try User.insert(
            account, digest: digest, role: entrance.role, awaitsApproval: entrance.awaitsApproval, at: now, tx)
        if !entrance.awaitsApproval { try settle(user, at: now, tx) }
        return user
    }

    /// Everybody is in `#home`, but those for whom an admin chooses.
    static func settle(_ user: User, at now: Timestamp, _ tx: borrowing Transaction) throws {
        let home = try Channel.home(ownedBy: user, at: now, tx)
        guard !user.role.isRestricted else { return }
        try Membership.begin(user.id, in: home.id, at: now, tx)
        tx.announce(.joined(home.id, user.id))
        try OutgoingNews.membership(.memberJoined, of: user.id, in: home.id, at: now, tx)
    }
}

extension Transaction {
    func announce(_ event: Event) {
        announce(event.notice)
    }
}
