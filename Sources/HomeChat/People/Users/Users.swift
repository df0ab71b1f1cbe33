import Storage

/// Who is here, how they appear, and what an admin does with accounts.
package struct Users: Sendable {
    let database: any Database
    let lockout: Lockout
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// Everybody with an account, 200 at a time by name.
    package func all(after name: String = "", as principal: Principal) async throws -> [User] {
        try principal.requireAdmin()
        return try await database.read { tx in try User.page(after: nameKey(name), limit: 200, tx) }
    }

    package func find(_ id: User.ID, as principal: Principal) async throws -> User {
        try principal.require(.usersRead)
        return try await database.read { tx in
            try PersonAccess.require(User.find(id, tx), for: principal, tx)
        }
    }

    package func find(named name: String, as principal: Principal) async throws -> User {
        try principal.require(.usersRead)
        return try await database.read { tx in
            try PersonAccess.require(User.find(named: name, tx), for: principal, tx)
        }
    }

    package func search(_ text: String, limit: Int = 10, as principal: Principal) async throws -> [User] {
        try principal.require(.usersRead)
        return try await database.read { tx in try User.matching(text, for: principal, limit: limit, tx) }
    }

    /// The account of whoever asks; every token may know whose it is.
    package func me(_ principal: Principal) async throws -> User {
        try await database.read { tx in
            guard let user = try User.find(principal.user, tx) else { throw ChatError.unauthenticated }
            return user
        }
    }

    package func updateProfile(_ change: ProfileChange, as principal: Principal) async throws {
        try principal.requireOwnAccount()
        try await setProfile(change, of: principal.user)
    }

    /// Until when somebody is not to be disturbed; nil: they may be.
    func setQuiet(until moment: Timestamp?, as principal: Principal) async throws {
        try principal.requireOwnAccount()
        try await database.write { tx in
            try User.setQuiet(until: moment, of: principal.user, tx)
            tx.announce(.profileChanged(principal.user))
        }
    }

    /// What the cable's `set_status` does: a device may say it without more rights than being signed in.
    func setStatus(_ status: String, as principal: Principal) async throws {
        try await setProfile(try ProfileChange(status: status), of: principal.user)
    }

    /// Where links for a forgotten password go; nil takes the address away.
    package func setEmail(_ text: String, as principal: Principal) async throws {
        try principal.requireOwnAccount()
        let email = text.isEmpty ? nil : try EmailAddress(text)
        try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            try User.setEmail(email?.text, of: principal.user, tx)
            try audit.record(
                .settingChanged, by: principal, target: "user:\(principal.user)",
                details: ["what": email == nil ? "e-mail removed" : "e-mail set"], tx)
        }
    }

    /// Signs the person out everywhere and keeps them out until `unlock`.
    package func lock(_ id: User.ID, as principal: Principal) async throws {
        guard id != principal.user else { throw ChatError.forbidden("you cannot lock yourself") }
        try await administer(id, principal) { [audit] user, tx in
            try Self.lock(user, tx)
            try audit.record(
                .accountLocked, by: principal, target: "user:\(id)", details: ["username": user.username], tx)
        }
    }

    static func lock(_ user: User, _ tx: borrowing Transaction) throws {
        if user.role == .admin { try requireAnotherAdmin(than: user, tx) }
        try User.setLock(until: forGood, of: user.id, tx)
        _ = try Session.endAll(of: user.id, tx)
        try SignInStep.endAll(of: user.id, tx)
        tx.announce(.expelled(user.id))
        try Bot.closeDoors(of: user.id, tx)
    }

    package func unlock(_ id: User.ID, as principal: Principal) async throws {
        try await administer(id, principal) { user, tx in
            try User.setLock(until: nil, of: id, tx)
            try lockout.unlock(user.username, tx)
            try audit.record(
                .accountUnlocked, by: principal, target: "user:\(id)", details: ["username": user.username], tx)
        }
    }

    /// The account goes with its direct access; what it wrote stays, under "Deleted account".
    package func delete(_ id: User.ID, as principal: Principal) async throws {
        guard id != principal.user else { throw ChatError.forbidden("you cannot delete yourself here") }
        try await administer(id, principal) { [now] user, tx in
            if user.role == .admin { try Self.requireAnotherAdmin(than: user, tx) }
            try User.erase(id, at: now(), tx)
            try Bot.deactivateAll(of: id, tx)
            try audit.record(
                .accountDeleted, by: principal, target: "user:\(id)",
                details: ["username": user.username, "role": user.role.rawValue], tx)
            tx.announce(.expelled(id))
            try Bot.closeDoors(of: id, tx)
            tx.announce(.profileChanged(id))
        }
    }

    /// Those whom too many wrong passwords lock out, who has a second step, and who comes in by a passkey or a provider.
    func protection(of users: [User], as principal: Principal) async throws -> Protection {
        try principal.requireAdmin()
        return try await database.read { tx in
            Protection(
                secondFactors: try SecondFactor.enabled(among: users.map(\.id), tx),
                otherWays: try Passkey.owned(among: users.map(\.id), tx)
                    .union(OpenIDIdentity.connected(among: users.map(\.id), tx)),
                locked: Set(try users.filter { try lockout.lockedUntil($0.username, tx) != nil }.map(\.id)))
        }
    }

    struct Protection: Sendable {
        let secondFactors: Set<User.ID>
        let otherWays: Set<User.ID>
        let locked: Set<User.ID>
    }

    /// The year 9999: a lock without an end.
    static let forGood = Timestamp(milliseconds: 253_370_764_800_000)

    private func setProfile(_ change: ProfileChange, of user: User.ID) async throws {
        try await database.write { tx in
            try User.setProfile(change, of: user, tx)
            tx.announce(.profileChanged(user))
        }
    }

    private func administer(
        _ id: User.ID, _ principal: Principal,
        _ change: @escaping @Sendable (User, borrowing Transaction) throws -> Void
    ) async throws {
        try principal.requireAdmin()
        try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            guard let user = try User.find(id, tx) else { throw ChatError.notFound("user") }
            guard user.bot == nil else { throw ChatError.forbidden("this account is a bot's; change the bot") }
            try change(user, tx)
        }
    }

    private static func requireAnotherAdmin(than user: User, _ tx: borrowing Transaction) throws {
        let admins = try User.activeAdmins(tx)
        guard admins > 1 || user.lockedUntil != nil else { throw ChatError.forbidden("the last admin must stay") }
    }
}
