import Storage

extension OpenIDSignIns {
    func enter(
        _ person: OpenIDProvider.Person, _ attempt: OpenIDAttempt, _ device: Device
    ) async throws -> Arrival {
        let isKnown = try await database.read { tx in
            try OpenIDIdentity.find(person.subject, at: issuer, tx) != nil
        }
        var claims = person.claims
        if !isKnown || !settings.allowedDomains.isEmpty { claims = try await provider.completed(person) }
        try requireAllowedDomain(claims)
        return try await database.write { [claims] tx in
            try admit(person.subject, claims, attempt, device, tx)
        }
    }

    private func admit(
        _ subject: String, _ claims: OpenIDClaims, _ attempt: OpenIDAttempt, _ device: Device,
        _ tx: borrowing Transaction
    ) throws -> Arrival {
        let moment = now()
        guard let identity = try OpenIDIdentity.find(subject, at: issuer, tx) else {
            let user = try makeAccount(subject, claims, attempt.invitation, device, tx)
            return user.awaitsApproval ? .waiting(user) : try open(user, attempt, device, tx)
        }
        guard let user = try User.find(identity.user, tx), !user.isLocked(at: moment) else {
            throw OpenIDProblem.refused("this account is not let in, ask an admin")
        }
        guard !user.awaitsApproval else { return .waiting(user) }
        try OpenIDIdentity.used(subject, at: issuer, moment, tx)
        return try open(user, attempt, device, tx)
    }

    /// The provider is trusted with everything that a password and a second step show, unless the operator wants ours too.
    private func open(
        _ user: User, _ attempt: OpenIDAttempt, _ device: Device, _ tx: borrowing Transaction
    ) throws -> Arrival {
        let moment = now()
        let outcome: SignIns.Outcome
        if settings.asksSecondFactor, let factor = try SecondFactor.enabled(of: user.id, tx) {
            let step = try SignInStep.begin(.secondFactor, for: user.id, proof: "openid", at: moment, tx)
            outcome = try signIns.ask(factor, step: step, problem: nil, tx)
        } else if try User.passwordDigest(of: user.id, tx) == nil {
            // There is no old password that would have to go.
            outcome = .entered(try signIns.doorway.open(user, on: device, proof: "openid", at: moment, tx))
        } else {
            outcome = try signIns.finish(user, nil, "openid", on: device, tx)
        }
        return .signIn(outcome, returnTo: attempt.returnTo)
    }

    private func makeAccount(
        _ subject: String, _ claims: OpenIDClaims, _ invitation: String?, _ device: Device,
        _ tx: borrowing Transaction
    ) throws -> User {
        try ReadOnlyMode.requireChanges(tx)
        guard try User.exists(tx) else {
            throw OpenIDProblem.refused("this server is not set up yet; its first account is made here")
        }
        guard settings.accounts == .create else {
            throw OpenIDProblem.refused(
                "no account here is connected with yours at \(name); sign in with your password and connect it under Security"
            )
        }
        let moment = now()
        let isInvited = try invitation.map { try Invitation.find($0, at: moment, tx) != nil } ?? false
        let awaitsApproval: Bool
        do {
            awaitsApproval = try SiteSettings.load(tx).signUps.requiresApproval(isInvited: isInvited)
        } catch ChatError.forbidden(let reason) {
            throw OpenIDProblem.refused(reason)
        }
        try limits.spend(.signup, .address(device.caller.ipAddress))
        let username = try freeName(claims.username(from: settings.usernameClaim), tx)
        let user = try User.insert(
            username, displayName: claims.displayName() ?? username.text, role: .user,
            awaitsApproval: awaitsApproval, at: moment, tx)
        if !awaitsApproval { try Accounts.settle(user, at: moment, tx) }
        try OpenIDIdentity.insert(subject, at: issuer, for: user.id, at: moment, tx)
        if isInvited, let invitation { try Invitation.use(invitation, by: user.id, at: moment, tx) }
        try audit.record(
            .accountCreated, user: user.id, actor: user.username, from: device.caller, target: "user:\(user.id)",
            details: ["role": user.role.rawValue, "awaits_approval": String(awaitsApproval), "door": "openid"], tx)
        return user
    }

    /// The name itself, or the first of name2, name3, … that nobody has.
    private func freeName(_ wanted: String, _ tx: borrowing Transaction) throws -> Username {
        var random = SystemRandomNumberGenerator()
        let endings =
            [""] + (2...9).map(String.init)
            + (1...5).map { _ in String(Int.random(in: 1000...999_999, using: &random)) }
        for ending in endings {
            if let name = try? Username(wanted + ending), try User.find(named: name.text, tx) == nil { return name }
        }
        throw OpenIDProblem.refused("there is no free user name for you, ask an admin")
    }

    func requireAllowedDomain(_ claims: OpenIDClaims) throws(OpenIDProblem) {
        guard !settings.allowedDomains.isEmpty else { return }
        guard let domain = claims.verifiedDomain, settings.allowedDomains.contains(domain) else {
            throw .refused("your account at \(name) is none that is let in here")
        }
    }
}
