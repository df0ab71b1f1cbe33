import Logging
import Storage

/// Getting in through the OpenID provider, and connecting an account here with the one there. An account is never taken
/// over because a name or an e-mail address is the same.
struct OpenIDSignIns: Sendable {
    let provider: OpenIDProvider
    let settings: Settings.OpenID
    let issuer: String
    let database: any Database
    let signIns: SignIns
    let limits: RateLimits
    let sealer: Sealer
    let audit: AuditLog
    let now: @Sendable () -> Timestamp
    let logger: Logger

    static let callback = "/signin/openid/callback"

    /// Returns nil where no provider is configured.
    init?(
        _ settings: Settings.OpenID, _ publicAddress: PublicAddress, database: any Database, signIns: SignIns,
        limits: RateLimits, sealer: Sealer, audit: AuditLog, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        guard let issuer = settings.issuer, publicAddress.isKnown else { return nil }
        self.issuer = issuer
        self.settings = settings
        self.database = database
        self.signIns = signIns
        self.limits = limits
        self.sealer = sealer
        self.audit = audit
        self.now = now
        self.logger = logger
        provider = OpenIDProvider(
            settings, redirectURI: publicAddress.link(to: Self.callback),
            outbound: Outbound(authorityFile: settings.authorityFile), now: now)
    }

    /// What the button calls the provider.
    var name: String { settings.name ?? OutboundURL(issuer)?.host ?? issuer }

    /// Where the browser goes, and what it keeps meanwhile.
    struct Departure: Sendable {
        let address: String
        let cookie: String
    }

    enum Arrival: Sendable {
        case signIn(SignIns.Outcome, returnTo: String?)
        /// A new account, which an admin has to let in first.
        case waiting(User)
        case connected
        case confirmed(returnTo: String?)
    }

    /// The query that the browser came back with.
    struct Answer: Sendable {
        let state: String?
        let code: String?
        let error: String?
        let issuer: String?
    }

    func begin(returnTo: String?, invitation: String?) async throws -> Departure {
        try await depart(OpenIDAttempt(.signIn, returnTo: returnTo, invitation: invitation, at: now()))
    }

    func beginConnecting(as principal: Principal) async throws -> Departure {
        try principal.requireOwnAccount()
        try await database.read { tx in
            try Proof.require(principal, at: now(), tx)
            try requireUnconnected(principal, tx)
        }
        return try await depart(OpenIDAttempt(.connect, user: principal.user, returnTo: nil, at: now()))
    }

    func beginConfirming(returnTo: String?, as principal: Principal) async throws -> Departure {
        try principal.requireOwnAccount()
        return try await depart(OpenIDAttempt(.confirm, user: principal.user, returnTo: returnTo, at: now()))
    }

    /// - Parameter principal: who is signed in in this browser already.
    func finish(
        _ answer: Answer, cookie: String?, device: Device, as principal: Principal?
    ) async throws -> Arrival {
        try await signIns.gate.admit(principal?.username, from: device.caller)
        do {
            let attempt = try await begun(answer, cookie)
            guard answer.error == nil, let code = answer.code, !code.isEmpty, code.utf8.count <= 4000 else {
                throw OpenIDProblem.declined
            }
            let person = try await provider.redeem(code: code, issuer: answer.issuer, for: attempt)
            switch (attempt.purpose, principal) {
            case (.signIn, _): return try await enter(person, attempt, device)
            case (.connect, let principal?) where principal.user.value == attempt.user:
                try await connect(person, as: principal)
                return .connected
            case (.confirm, let principal?) where principal.user.value == attempt.user:
                try await confirm(person, as: principal)
                return .confirmed(returnTo: attempt.returnTo)
            default: throw OpenIDProblem.stale
            }
        } catch let problem as OpenIDProblem {
            try await note(problem, device, principal)
            throw problem
        }
    }

    private func depart(_ attempt: OpenIDAttempt) async throws -> Departure {
        do {
            return Departure(
                address: try await provider.address(for: attempt), cookie: try attempt.sealed(sealer))
        } catch let problem as OpenIDProblem {
            log(problem)
            throw problem
        }
    }

    /// In a transaction of its own: an attempt is used up whatever comes of it.
    private func begun(_ answer: Answer, _ cookie: String?) async throws -> OpenIDAttempt {
        guard let attempt = OpenIDAttempt(cookie: cookie, sealer, at: now()), let state = answer.state,
            isEqual(Array(state.utf8), Array(attempt.state.utf8)),
            try await database.write({ tx in try attempt.use(tx) })
        else { throw OpenIDProblem.stale }
        return attempt
    }

    private func note(_ problem: OpenIDProblem, _ device: Device, _ principal: Principal?) async throws {
        log(problem)
        guard problem.isFailedSignIn else { return }
        try await database.write { tx in
            try audit.record(
                .loginFailed, user: principal?.user, actor: principal?.username ?? "unknown", from: device.caller,
                details: ["door": "openid"], tx)
        }
    }

    private func log(_ problem: OpenIDProblem) {
        guard let reason = problem.reason else { return }
        logger.warning("sign-in through the OpenID provider failed", metadata: ["reason": "\(reason)"])
    }
}

// MARK: Getting in

extension OpenIDSignIns {
    private func enter(
        _ person: OpenIDProvider.Person, _ attempt: OpenIDAttempt, _ device: Device
    ) async throws -> Arrival {
        let isKnown = try await database.read { tx in
            try OpenIDIdentity.find(person.subject, at: issuer, tx) != nil
        }
        var claims = person.claims
        if !isKnown || !settings.allowedDomains.isEmpty { claims = try await provider.completed(person) }
        try requireAllowedDomain(claims)
        // A rejected write would take the new account's record with it, so a refusal is a value here.
        let result = try await database.write { [claims] tx -> Result<Arrival, OpenIDProblem> in
            do {
                return .success(try admit(person.subject, claims, attempt, device, tx))
            } catch let problem as OpenIDProblem {
                return .failure(problem)
            }
        }
        return try result.get()
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
        guard try User.exists(tx) else {
            throw OpenIDProblem.refused("this server is not set up yet; its first account is made here")
        }
        guard settings.accounts == .create else {
            throw OpenIDProblem.refused(
                "no account here is connected with yours at \(name); sign in with your password and connect it under Security"
            )
        }
        try ReadOnlyMode.requireChanges(tx)  // the way back from the provider is a link, which the gate lets through
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
        let endings = [""] + (2...9).map(String.init) + (1...5).map { _ in String(Int.random(in: 1000...999_999, using: &random)) }
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

    func removeOld() async throws {
        try await database.write { [now] tx in try OpenIDAttempt.removeOld(at: now(), tx) }
    }
}
