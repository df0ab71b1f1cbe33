import Storage
import WebAuthn

/// Passkeys: made, used, named, removed.
struct Passkeys: Sendable {
    let database: any Database
    let signIns: SignIns
    let lockout: Lockout
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// What a browser is asked for.
    struct Request: Sendable {
        let challenge: PasskeyChallenge
        /// Those that count, or must not be made twice; none: whichever the browser has.
        let credentials: [[UInt8]]
        let user: User?
    }

    func list(as principal: Principal) async throws -> [Passkey] {
        try principal.requireOwnAccount()
        return try await database.read { tx in try Passkey.all(of: principal.user, tx) }
    }

    func beginRegistration(as principal: Principal) async throws -> Request {
        try principal.requireOwnAccount()
        return try await database.write { [now] tx in
            let moment = now()
            try Proof.require(principal, at: moment, tx)
            let there = try Passkey.all(of: principal.user, tx)
            guard there.count < Passkey.maximumPerUser else {
                throw ChatError.conflict("there are \(there.count) passkeys already, remove one first")
            }
            let challenge = try PasskeyChallenge.begin(.register, for: principal.user, at: moment, tx)
            return Request(
                challenge: challenge, credentials: there.map(\.credentialID), user: try User.find(principal.user, tx))
        }
    }

    func register(
        _ answer: PasskeyAnswer, name: String, at party: RelyingParty, as principal: Principal
    ) async throws {
        try principal.requireOwnAccount()
        let challenge = try await use(answer, .register, for: principal.user)
        let credential: RelyingParty.Credential
        do {
            credential = try party.register(
                clientData: answer.clientData, attestationObject: answer.attestationObject, challenge: challenge,
                requiresVerification: true)
        } catch { throw ChatError.invalid("passkey", "cannot be used (\(error))") }
        let new = NewPasskey(credential: credential, relyingParty: party.id, name: try NewPasskey.name(name))
        try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            guard try Passkey.find(credential: credential.id, tx) == nil else {
                throw ChatError.conflict("this passkey is known already")
            }
            let made = try Passkey.insert(new, for: principal.user, at: now(), tx)
            try audit.record(.passkeyAdded, by: principal, target: "passkey:\(made.id)", tx)
        }
    }

    func rename(_ id: Passkey.ID, to name: String, as principal: Principal) async throws {
        try principal.requireOwnAccount()
        let name = try NewPasskey.name(name)
        try await database.write { tx in
            guard try Passkey.rename(id, of: principal.user, to: name, tx) else { throw ChatError.notFound("passkey") }
        }
    }

    func remove(_ id: Passkey.ID, as principal: Principal) async throws {
        try principal.requireOwnAccount()
        try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            guard try Passkey.remove(id, of: principal.user, tx) else { throw ChatError.notFound("passkey") }
            if let factor = try SecondFactor.enabled(of: principal.user, tx), !factor.hasApp,
                try Passkey.all(of: principal.user, tx).isEmpty
            {
                throw ChatError.conflict("this is your second step; turn that off first")
            }
            try audit.record(.passkeyRemoved, by: principal, target: "passkey:\(id)", tx)
        }
    }
}

// MARK: Getting in with one

extension Passkeys {
    /// - Parameter step: of a sign-in that waits for its second step; nil: the passkey is all there is.
    func beginSignIn(step: String?) async throws -> Request {
        try await database.write { [now] tx in
            guard let step else {
                return Request(
                    challenge: try PasskeyChallenge.begin(.signIn, for: nil, at: now(), tx), credentials: [], user: nil)
            }
            guard let (user, _, _) = try signIns.pending(step, tx) else { throw ChatError.unauthenticated }
            return Request(
                challenge: try PasskeyChallenge.begin(.signIn, for: user.id, at: now(), tx),
                credentials: try Passkey.all(of: user.id, tx).map(\.credentialID), user: user)
        }
    }

    /// Signs in with a passkey alone, which then has to have checked who holds it, or as the second step. No lock holds it
    /// up: nobody guesses a signature.
    func signIn(
        _ answer: PasskeyAnswer, step: String?, at party: RelyingParty, device: Device
    ) async throws -> SignIns.Outcome {
        try await signIns.gate.admit(nil, from: device.caller)
        let pending = try await database.read { tx in try step.flatMap { try signIns.pending($0, tx) } }
        guard step == nil || pending != nil else { throw ChatError.unauthenticated }
        let challenge = try await use(answer, .signIn, for: pending?.user.id)
        let result = try await database.write { [now] tx -> Result<SignIns.Outcome, ChatError> in
            guard let used = try verify(answer, challenge, party, requiresVerification: step == nil, tx),
                pending == nil || pending?.user.id == used.user,
                let user = try User.find(used.user, tx), !user.isLocked(at: now()), !user.awaitsApproval
            else {
                try audit.record(
                    .loginFailed, user: pending?.user.id, actor: pending?.user.username ?? "unknown",
                    from: device.caller, target: pending.map { "user:\($0.user.id)" } ?? "",
                    details: ["door": "passkey"], tx)
                return .failure(.unauthenticated)
            }
            if let step { try SignInStep.end(step, tx) }
            let proof = pending.map { $0.step.proof + " and passkey" } ?? "passkey"
            return .success(try signIns.finish(user, nil, proof, on: device, tx))
        }
        return try result.get()
    }

    /// For the sensitive things: who is signed in shows a passkey instead of the password.
    func beginConfirmation(as principal: Principal) async throws -> Request {
        try principal.requireOwnAccount()
        return try await database.write { [now] tx in
            Request(
                challenge: try PasskeyChallenge.begin(.confirm, for: principal.user, at: now(), tx),
                credentials: try Passkey.all(of: principal.user, tx).map(\.credentialID), user: nil)
        }
    }

    func confirm(_ answer: PasskeyAnswer, at party: RelyingParty, as principal: Principal) async throws {
        try principal.requireOwnAccount()
        guard case .session(let id) = principal.credential else { throw ChatError.unauthenticated }
        let challenge = try await use(answer, .confirm, for: principal.user)
        try await database.write { [now] tx in
            guard try verify(answer, challenge, party, requiresVerification: true, tx)?.user == principal.user else {
                throw ChatError.invalid("passkey", "is not right")
            }
            try Proof.note(id, at: now(), tx)
        }
    }

    /// In a transaction of its own: a challenge is used up whatever comes of it.
    private func use(
        _ answer: PasskeyAnswer, _ purpose: PasskeyChallenge.Purpose, for user: User.ID?
    ) async throws -> [UInt8] {
        let isOpen = try await database.write { [now] tx in
            guard let challenge = answer.challenge else { return false }
            return try PasskeyChallenge.use(challenge, purpose, for: user, at: now(), tx)
        }
        guard isOpen, let challenge = answer.challenge else {
            throw ChatError.invalid("passkey", "came too late, try again")
        }
        return challenge
    }

    private func verify(
        _ answer: PasskeyAnswer, _ challenge: [UInt8], _ party: RelyingParty, requiresVerification: Bool,
        _ tx: borrowing Transaction
    ) throws -> Passkey? {
        guard let passkey = try Passkey.find(credential: answer.credentialID, tx),
            let key = try? PublicKey(passkey.publicKey),
            let assertion = try? party.verify(
                clientData: answer.clientData, authenticatorData: answer.authenticatorData,
                signature: answer.signature, challenge: challenge, key: key,
                signatureCount: UInt32(clamping: passkey.signatureCount), requiresVerification: requiresVerification)
        else { return nil }
        try Passkey.used(passkey.id, count: Int64(assertion.signatureCount), at: now(), tx)
        return passkey
    }
}
