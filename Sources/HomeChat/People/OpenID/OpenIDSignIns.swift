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
            case (.connect, let principal?) where principal.user == attempt.user:
                try await connect(person, as: principal)
                return .connected
            case (.confirm, let principal?) where principal.user == attempt.user:
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

    func removeOld() async throws {
        try await database.write { [now] tx in try OpenIDAttempt.removeOld(at: now(), tx) }
    }
}
