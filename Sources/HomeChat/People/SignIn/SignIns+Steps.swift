import Storage

extension SignIns {
    /// - Throws: `unauthenticated` when the step is over, `keptOut` when too many codes were wrong.
    package func finish(step: String, code: String, device: Device) async throws -> Outcome {
        let name = try await database.read { tx in try pending(step, tx)?.user.username }
        try await gate.admit(name, from: device.caller)
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
        try await gate.admit(user?.username, from: device.caller)
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

    func judge(
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

    func ask(
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
