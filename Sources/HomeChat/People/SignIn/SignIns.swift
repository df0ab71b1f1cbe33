import Storage

/// Getting into an account that exists: the password, and what is asked for after it.
package struct SignIns: Sendable {
    let database: any Database
    let hasher: PasswordHasher
    let gate: SignInGate
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
        try await gate.admit(username, from: device.caller)
        let guess = try await database.write { tx in try begin(username, device, tx) }
        let isRight = try await lockout.judging(guess.attempt, in: database) {
            try await hasher.verify(password, against: guess.digest)
        }
        guard isRight, let user = guess.user else { throw try await refuse(guess, device, isRight: false) }
        guard guess.attempt.verdict == .open else { throw try await refuse(guess, device, isRight: true) }
        let upgraded = try await lockout.judging(guess.attempt, in: database) {
            try await hasher.upgrade(guess.digest, of: password)
        }
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
