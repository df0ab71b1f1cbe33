import Storage

/// That the person at the keyboard is still the one who signed in: a password or a passkey, not long ago.
struct Proof: Sendable {
    static let period = Duration.minutes(10)

    /// A token is a right of its own and the console is its owner's; a session has to be fresh.
    /// - Throws: `proofNeeded`.
    static func require(_ principal: Principal, at now: Timestamp, _ tx: borrowing Transaction) throws {
        guard case .session(let id) = principal.credential else { return }
        let provenAt: Int64? = try tx.fetchOne("SELECT proven_at FROM sessions WHERE id = \(id)")
        guard let provenAt, Timestamp(milliseconds: provenAt) + period > now else { throw ChatError.proofNeeded }
    }

    static func note(_ session: Session.ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE sessions SET proven_at = \(now) WHERE id = \(session)")
    }
}

/// Proving again who one is, while signed in. Wrong guesses count as they do at the door.
package struct Proofs: Sendable {
    let database: any Database
    let hasher: PasswordHasher
    let gate: SignInGate
    let lockout: Lockout
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// Whether nothing more is asked for before something that matters.
    func isFresh(_ principal: Principal) async throws -> Bool {
        do {
            try await database.read { [now] tx in try Proof.require(principal, at: now(), tx) }
            return true
        } catch ChatError.proofNeeded {
            return false
        }
    }

    package func confirm(password: String, as principal: Principal) async throws {
        try await require(password, field: "password", as: principal)
        guard case .session(let id) = principal.credential else { return }
        try await database.write { [now] tx in try Proof.note(id, at: now(), tx) }
    }

    /// Not so with whom another door let in, and who never set one.
    func hasPassword(_ principal: Principal) async throws -> Bool {
        try await database.read { tx in try User.passwordDigest(of: principal.user, tx) != nil }
    }

    /// - Returns: the digest that the password belongs to.
    /// - Throws: `invalid` for a wrong password, `tooMany` after too many of them.
    @discardableResult func require(
        _ password: String, field: String, as principal: Principal
    ) async throws -> String? {
        try principal.requireOwnAccount()
        try await gate.admit(principal.username, from: principal.caller)
        let attempt = try await database.write { tx in try begin(principal, tx) }
        try refuseLocked(attempt)
        let digest = try await database.read { tx in try User.passwordDigest(of: principal.user, tx) }
        let isRight = try await lockout.judging(attempt, in: database) {
            try await hasher.verify(password, against: digest)
        }
        try await database.write { tx in
            try isRight ? lockout.succeed(attempt, tx) : fail(attempt, .loginFailed, principal, tx)
        }
        guard isRight else { throw ChatError.invalid(field, "is wrong") }
        return digest
    }

    func begin(_ principal: Principal, _ tx: borrowing Transaction) throws -> Lockout.Attempt {
        guard case .session(let id) = principal.credential else { throw ChatError.unauthenticated }
        return try lockout.begin(
            name: principal.username, from: principal.caller, device: "session \(id)", tx)
    }

    func refuseLocked(_ attempt: Lockout.Attempt) throws {
        guard case .locked(let until, _) = attempt.verdict else { return }
        throw ChatError.tooMany(retryAfter: .milliseconds(max(until.milliseconds - now().milliseconds, 1000)))
    }

    func fail(
        _ attempt: Lockout.Attempt, _ action: AuditAction, _ principal: Principal, _ tx: borrowing Transaction
    ) throws {
        try audit.record(action, by: principal, target: "user:\(principal.user)", details: ["door": "confirmation"], tx)
        for _ in attempt.locks {
            try audit.record(
                .accountLocked, by: principal, target: "user:\(principal.user)", details: ["where": "session"], tx)
        }
    }
}
