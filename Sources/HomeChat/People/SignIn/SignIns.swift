import Storage

/// Getting into an account that exists: the password, and what is asked for after it.
package struct SignIns: Sendable {
    let database: any Database
    let hasher: PasswordHasher
    let lockout: Lockout
    let doorway: Doorway
    let codes: CodeCheck
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// How far somebody got.
    package enum Outcome: Sendable {
        case entered(Accounts.SignedIn)
        /// The password is right; a code or a passkey is missing, or was wrong.
        case needsSecondFactor(step: String, hasApp: Bool, hasPasskey: Bool, problem: String?)
        /// All is right, but the password has to be a new one.
        case needsPassword(step: String)

        /// For whom more than that is a refusal.
        package var signedIn: Accounts.SignedIn {
            get throws {
                guard case .entered(let signedIn) = self else { throw ChatError.unauthenticated }
                return signedIn
            }
        }
    }

    /// What was found before the slow part.
    private struct Guess: Sendable {
        let user: User?
        let digest: String?
        let attempt: Lockout.Attempt
    }

    /// - Parameter code: of the app or from paper, where the client has it already.
    /// - Throws: `unauthenticated` for an unknown name, a wrong password and a locked account alike; `keptOut` only to whoever
    ///   had the right password or comes from a known device.
    package func signIn(
        username: String, password: String, code: String? = nil, device: Device
    ) async throws -> Outcome {
        let guess = try await database.write { tx in try begin(username, device, tx) }
        let isRight = try await hasher.verify(password, against: guess.digest)
        guard isRight, let user = guess.user else { throw try await refuse(guess, device, isRight: false) }
        guard guess.attempt.verdict == .open else { throw try await refuse(guess, device, isRight: true) }
        let upgraded = try await hasher.upgrade(guess.digest, of: password)
        let result = try await database.write { tx in
            try admit(user.id, digest: guess.digest, upgraded: upgraded, code: code, guess.attempt, device, tx)
        }
        return try result.get()
    }

    private func begin(_ username: String, _ device: Device, _ tx: borrowing Transaction) throws -> Guess {
        let user = try User.find(named: username, tx)
        let known = user.flatMap { device.known.device(of: $0.id, at: now(), doorway.deviceKey) }
        return Guess(
            user: user, digest: try user.flatMap { try User.passwordDigest(of: $0.id, tx) },
            attempt: try lockout.begin(name: username, from: device.caller, device: known, tx))
    }

    /// Writes the failure down and says what to answer.
    private func refuse(_ guess: Guess, _ device: Device, isRight: Bool) async throws -> ChatError {
        try await database.write { tx in
            var attempt = guess.attempt
            if isRight, attempt.verdict != .refused {
                try lockout.release(attempt, tx)
                attempt.locks = []
            }
            try recordFailure(guess.user, attempt, device, "password", tx)
        }
        return answer(to: guess.attempt, isRight: isRight)
    }

    private func answer(to attempt: Lockout.Attempt, isRight: Bool) -> ChatError {
        guard case .locked(let until, let mayTell) = attempt.verdict, attempt.isKnownDevice || isRight && mayTell else {
            return .unauthenticated
        }
        let wait = Duration.milliseconds(until.milliseconds - now().milliseconds)
        return .keptOut("too many wrong passwords", retryAfter: wait)
    }

    /// A rejected write would take the record of the failure with it, so a refusal is a value here.
    private func admit(
        _ id: User.ID, digest: String?, upgraded: String?, code: String?, _ attempt: Lockout.Attempt, _ device: Device,
        _ tx: borrowing Transaction
    ) throws -> Result<Outcome, ChatError> {
        let moment = now()
        // Looked at again: the account may have been locked or its password changed while the hash was computed.
        guard let user = try User.find(id, tx), !user.isLocked(at: moment),
            try User.passwordDigest(of: id, tx) == digest
        else {
            try recordFailure(try User.find(id, tx), attempt, device, "password", tx)
            return .failure(.unauthenticated)
        }
        guard !user.awaitsApproval else {
            try lockout.release(attempt, tx)
            return .failure(.keptOut("an admin has to let you in first", retryAfter: nil))
        }
        if let upgraded { try User.setPasswordDigest(upgraded, of: id, tx) }
        guard let factor = try SecondFactor.enabled(of: id, tx) else {
            return .success(try finish(user, attempt, "password", on: device, tx))
        }
        if let code, !code.isEmpty {
            let step = try SignInStep.begin(.secondFactor, for: id, proof: "password", at: moment, tx)
            return .success(try judge(code, factor, user, step: step, "password", attempt, device, tx))
        }
        try lockout.release(attempt, tx)
        let step = try SignInStep.begin(.secondFactor, for: id, proof: "password", at: moment, tx)
        return .success(try ask(factor, step: step, problem: nil, tx))
    }
}

// MARK: The second step

extension SignIns {
    /// - Throws: `unauthenticated` when the step is over, `keptOut` when too many codes were wrong.
    package func finish(step: String, code: String, device: Device) async throws -> Outcome {
        let result = try await database.write { tx -> Result<Outcome, ChatError> in
            guard let (user, found, factor) = try pending(step, tx) else { return .failure(.unauthenticated) }
            let known = device.known.device(of: user.id, at: now(), doorway.deviceKey)
            let attempt = try lockout.begin(name: user.username, from: device.caller, device: known, tx)
            guard attempt.verdict == .open else {
                try recordCodeFailure(user, attempt, device, tx)
                // The password was right, so whoever asks may know.
                guard case .locked(let until, _) = attempt.verdict else { return .failure(.unauthenticated) }
                let wait = Duration.milliseconds(until.milliseconds - now().milliseconds)
                return .failure(.keptOut("too many wrong codes", retryAfter: wait))
            }
            return .success(try judge(code, factor, user, step: step, found.proof, attempt, device, tx))
        }
        return try result.get()
    }

    /// The new password that the server asks for before it opens a session.
    package func finish(step: String, newPassword: String, device: Device) async throws -> Outcome {
        let user = try await database.read { [now] tx -> User? in
            guard let found = try SignInStep.find(step, .newPassword, at: now(), tx) else { return nil }
            return try User.find(found.user, tx)
        }
        guard let user else { throw ChatError.unauthenticated }
        let siteName = try await database.read { tx in try SiteSettings.load(tx).siteName }
        let password = try Password(newPassword, for: user.username, siteName: siteName)
        let old = try await database.read { tx in try User.passwordDigest(of: user.id, tx) }
        guard try await !hasher.verify(newPassword, against: old) else {
            throw ChatError.invalid("password", "must be another one than before")
        }
        let digest = try await hasher.digest(of: password)
        return try await database.write { [now] tx in
            let moment = now()
            guard let found = try SignInStep.find(step, .newPassword, at: moment, tx),
                let user = try User.find(found.user, tx), !user.isLocked(at: moment)
            else { throw ChatError.unauthenticated }
            try User.setPassword(digest, score: password.strength.score, of: user.id, tx)
            try SignInStep.endAll(of: user.id, tx)
            for ended in try Session.endAll(of: user.id, tx) { tx.announce(.sessionEnded(ended)) }
            try audit.record(
                .passwordChange, user: user.id, actor: user.username, from: device.caller, target: "user:\(user.id)",
                details: ["reason": "asked for by an admin"], tx)
            return .entered(try doorway.open(user, on: device, proof: found.proof, at: moment, tx))
        }
    }

    /// Whose step this is, when it is still one.
    func pending(
        _ step: String, _ tx: borrowing Transaction
    ) throws -> (user: User, step: SignInStep, factor: SecondFactor)? {
        guard let found = try SignInStep.find(step, .secondFactor, at: now(), tx),
            let user = try User.find(found.user, tx), !user.isLocked(at: now()), !user.awaitsApproval,
            let factor = try SecondFactor.enabled(of: user.id, tx)
        else { return nil }
        return (user, found, factor)
    }

    private func judge(
        _ code: String, _ factor: SecondFactor, _ user: User, step: String, _ proof: String,
        _ attempt: Lockout.Attempt, _ device: Device, _ tx: borrowing Transaction
    ) throws -> Outcome {
        guard let match = try codes.use(code, of: factor, at: now(), tx) else {
            try recordCodeFailure(user, attempt, device, tx)
            return try ask(factor, step: step, problem: "That code is not right, or was used already.", tx)
        }
        try SignInStep.end(step, tx)
        if match == .backupCode {
            try audit.record(
                .backupCodeUsed, user: user.id, actor: user.username, from: device.caller, target: "user:\(user.id)",
                details: ["left": String(try BackupCode.left(of: user.id, tx))], tx)
        }
        return try finish(user, attempt, proof + (match == .app ? " and code" : " and backup code"), on: device, tx)
    }

    private func ask(
        _ factor: SecondFactor, step: String, problem: String?, _ tx: borrowing Transaction
    ) throws -> Outcome {
        let hasPasskey = try !Passkey.all(of: factor.user, tx).isEmpty
        return .needsSecondFactor(step: step, hasApp: factor.hasApp, hasPasskey: hasPasskey, problem: problem)
    }

    /// Everything that is asked of this person is there.
    func finish(
        _ user: User, _ attempt: Lockout.Attempt?, _ proof: String, on device: Device, _ tx: borrowing Transaction
    ) throws -> Outcome {
        let moment = now()
        if let attempt { try lockout.succeed(attempt, tx) }
        if user.mustChangePassword {
            return .needsPassword(
                step: try SignInStep.begin(.newPassword, for: user.id, proof: proof, at: moment, tx))
        }
        return .entered(try doorway.open(user, on: device, proof: proof, at: moment, tx))
    }
}

extension SignIns {
    /// What is over and only takes room.
    func removeOld() async throws {
        try await database.write { [now] tx in
            let moment = now()
            try lockout.removeOld(tx)
            try SignInStep.endExpired(at: moment, tx)
            try PasskeyChallenge.endExpired(at: moment, tx)
            try PasswordReset.endExpired(at: moment, tx)
            try Invitation.removeOld(before: moment - .days(90), tx)
            try KnownPlaces.removeOld(at: moment, tx)
        }
    }
}

// MARK: What is written down

extension SignIns {
    func recordFailure(
        _ user: User?, _ attempt: Lockout.Attempt, _ device: Device, _ door: String, _ tx: borrowing Transaction
    ) throws {
        // A network that is refused is not written down each time: that could fill the disk.
        guard attempt.verdict != .refused else { return }
        // Not what was typed: it may be a password in the wrong field.
        try audit.record(
            .loginFailed, user: user?.id, actor: user?.username ?? "unknown", from: device.caller,
            details: ["door": door], tx)
        try recordLocks(user, attempt, device, tx)
    }

    private func recordCodeFailure(
        _ user: User, _ attempt: Lockout.Attempt, _ device: Device, _ tx: borrowing Transaction
    ) throws {
        guard attempt.verdict != .refused else { return }
        try audit.record(
            .secondFactorFailed, user: user.id, actor: user.username, from: device.caller, target: "user:\(user.id)", tx
        )
        try recordLocks(user, attempt, device, tx)
    }

    private func recordLocks(
        _ user: User?, _ attempt: Lockout.Attempt, _ device: Device, _ tx: borrowing Transaction
    ) throws {
        for lock in attempt.locks {
            let scope =
                switch lock {
                case attempt.account: "all unknown devices"
                case attempt.network.subject: "all accounts"
                default: attempt.isKnownDevice ? "device" : "network"
                }
            try audit.record(
                .accountLocked, user: user?.id, actor: user?.username ?? "unknown", from: device.caller,
                target: user.map { "user:\($0.id)" } ?? "", details: ["scope": scope, "network": attempt.network.text],
                tx)
        }
    }
}
