import Storage

/// Turning one's second step on and off.
package struct SecondFactors: Sendable {
    let database: any Database
    let proofs: Proofs
    let codes: CodeCheck
    let lockout: Lockout
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// How somebody's account stands.
    struct State: Sendable {
        let isEnabled: Bool
        let hasApp: Bool
        let backupCodesLeft: Int
    }

    /// What an app has to be told, once.
    struct Enrolment: Sendable {
        /// For typing.
        let secret: String
        /// For the QR code.
        let address: String
    }

    /// What the person has to keep: on paper, and in the cookie.
    struct Enabled: Sendable {
        let backupCodes: [BackupCode]
        /// The new secret of this session.
        let token: String?
    }

    func state(as principal: Principal) async throws -> State {
        try principal.requireOwnAccount()
        return try await database.read { tx in
            let factor = try SecondFactor.enabled(of: principal.user, tx)
            return State(
                isEnabled: factor != nil, hasApp: factor?.hasApp ?? false,
                backupCodesLeft: try BackupCode.left(of: principal.user, tx))
        }
    }

    /// A new secret. It counts for nothing before `enable` had a code of it.
    func prepare(as principal: Principal) async throws -> Enrolment {
        try principal.requireOwnAccount()
        var random = SystemRandomNumberGenerator()
        let password = OneTimePassword.random(using: &random)
        return try await database.write { [now] tx in
            let moment = now()
            try Proof.require(principal, at: moment, tx)
            try requireNoApp(principal, tx)
            let sealed = try codes.sealer.seal(password.secret, for: .totp, tx)
            try SecondFactor.prepare(sealed, for: principal.user, at: moment, tx)
            return try enrolment(password, principal, tx)
        }
    }

    /// The one that was prepared, to be shown again after a wrong code.
    func prepared(as principal: Principal) async throws -> Enrolment? {
        try principal.requireOwnAccount()
        return try await database.read { tx in
            guard let factor = try SecondFactor.find(of: principal.user, tx), let sealed = factor.sealedSecret,
                !factor.isEnabled
            else { return nil }
            return try enrolment(OneTimePassword(secret: try codes.sealer.open(sealed, for: .totp)), principal, tx)
        }
    }

    /// - Parameter code: shows that the app has the secret.
    func enable(code: String, as principal: Principal) async throws -> Enabled {
        try principal.requireOwnAccount()
        return try await database.write { [now] tx in
            let moment = now()
            try Proof.require(principal, at: moment, tx)
            guard let factor = try SecondFactor.find(of: principal.user, tx), factor.hasApp, !factor.isEnabled else {
                throw ChatError.conflict("begin by reading the QR code")
            }
            guard let step = try codes.step(of: code, factor, at: moment) else {
                throw ChatError.invalid("code", "is not right; look whether the clocks agree")
            }
            return try enable(step: step, "app", principal, at: moment, tx)
        }
    }

    /// Without an app: from now on the password needs a passkey, or a code from paper.
    func enableWithPasskey(as principal: Principal) async throws -> Enabled {
        try principal.requireOwnAccount()
        return try await database.write { [now] tx in
            let moment = now()
            try Proof.require(principal, at: moment, tx)
            guard try !Passkey.all(of: principal.user, tx).isEmpty else {
                throw ChatError.conflict("add a passkey first")
            }
            guard try SecondFactor.enabled(of: principal.user, tx) == nil else {
                throw ChatError.conflict("the second step is on already")
            }
            try SecondFactor.remove(of: principal.user, tx)  // a secret that waits for its first code
            return try enable(step: nil, "passkey", principal, at: moment, tx)
        }
    }

    /// - Returns: the new secret of this session.
    func disable(password: String, code: String, as principal: Principal) async throws -> String? {
        try await proofs.require(password, field: "password", as: principal)
        let attempt = try await database.write { tx in try proofs.begin(principal, tx) }
        try proofs.refuseLocked(attempt)
        let result = try await database.write { [now] tx -> Result<String?, ChatError> in
            guard let factor = try SecondFactor.enabled(of: principal.user, tx) else {
                try lockout.release(attempt, tx)
                return .failure(.conflict("the second step is off already"))
            }
            guard try codes.use(code, of: factor, at: now(), tx) != nil else {
                try proofs.fail(attempt, .secondFactorFailed, principal, tx)
                return .failure(.invalid("code", "is not right, or was used already"))
            }
            try lockout.succeed(attempt, tx)
            try SecondFactor.remove(of: principal.user, tx)
            try audit.record(.secondFactorDisabled, by: principal, target: "user:\(principal.user)", tx)
            guard case .session(let id) = principal.credential else { return .success(nil) }
            return .success(try Session.renew(id, at: now(), tx))
        }
        return try result.get()
    }

    /// Ten new codes; the old ones are worth nothing any more.
    func replaceBackupCodes(as principal: Principal) async throws -> [BackupCode] {
        try principal.requireOwnAccount()
        return try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            guard try SecondFactor.enabled(of: principal.user, tx) != nil else {
                throw ChatError.conflict("the second step is off")
            }
            try audit.record(.backupCodesMade, by: principal, target: "user:\(principal.user)", tx)
            return try codes.newBackupCodes(for: principal.user, tx)
        }
    }

    /// For somebody who lost the telephone and the paper, or whose account was another's for a while. Passkeys go too, as they
    /// may be on that telephone, and connections with a provider, as they may be whoever's.
    /// - Returns: whether there is a password left to sign in with.
    package func reset(of id: User.ID, as principal: Principal) async throws -> Bool {
        try principal.requireAdmin()
        return try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            guard try User.find(id, tx) != nil else { throw ChatError.notFound("user") }
            try SecondFactor.remove(of: id, tx)
            try Passkey.removeAll(of: id, tx)
            try SignInStep.endAll(of: id, tx)
            let details = ["reason": "reset by an admin"]
            try audit.record(.secondFactorDisabled, by: principal, target: "user:\(id)", details: details, tx)
            if try OpenIDIdentity.removeAll(of: id, tx) {
                try audit.record(.identityDisconnected, by: principal, target: "user:\(id)", details: details, tx)
            }
            return try User.passwordDigest(of: id, tx) != nil
        }
    }

    private func enable(
        step: Int64?, _ kind: String, _ principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Enabled {
        try SecondFactor.enable(for: principal.user, step: step, at: now, tx)
        try audit.record(
            .secondFactorEnabled, by: principal, target: "user:\(principal.user)", details: ["kind": kind], tx)
        let made = try codes.newBackupCodes(for: principal.user, tx)
        guard case .session(let id) = principal.credential else { return Enabled(backupCodes: made, token: nil) }
        return Enabled(backupCodes: made, token: try Session.renew(id, at: now, tx))
    }

    private func requireNoApp(_ principal: Principal, _ tx: borrowing Transaction) throws {
        guard try SecondFactor.enabled(of: principal.user, tx) == nil else {
            throw ChatError.conflict("the second step is on already; turn it off first")
        }
    }

    private func enrolment(
        _ password: OneTimePassword, _ principal: Principal, _ tx: borrowing Transaction
    ) throws -> Enrolment {
        let issuer = try SiteSettings.load(tx).siteName
        return Enrolment(
            secret: Base32.encode(password.secret),
            address: password.address(account: principal.username, issuer: issuer))
    }
}
