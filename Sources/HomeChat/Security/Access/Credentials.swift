import Storage
import Synchronization

/// From a secret to a `Principal`: the one place where sessions and tokens are looked up.
///
/// Found principals are remembered for a second at most, so that a busy script does not cost a query a request; whatever
/// ends a session, a token or an account clears them at once.
final class Credentials: Sendable {
    private static let memory = Duration.seconds(1)
    private static let maximumRemembered = 10_000

    private let database: any Database
    private let audit: AuditLog
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    private struct Found {
        let principal: Principal
        /// A token's own networks; none: it is taken from everywhere.
        var networks: [Network] = []
        /// When what was found ends by itself; nothing is remembered beyond it.
        var end: Timestamp?
        var until = Timestamp(milliseconds: 0)

        func isAllowed(from caller: Caller) -> Bool {
            networks.isEmpty || networks.contains { $0.contains(caller.ipAddress) }
        }
    }

    private struct State {
        var known: [[UInt8]: Found] = [:]
        var tokenUses = TokenUses()
        var seenSessions: [Session.ID: Timestamp] = [:]
        var generation = 0
    }

    init(database: any Database, audit: AuditLog, now: @escaping @Sendable () -> Timestamp) {
        self.database = database
        self.audit = audit
        self.now = now
    }

    /// An API token, or the token of a signed-in device. nil for everything else, without saying why.
    func principal(bearer secret: String, from caller: Caller = .here) async throws -> Principal? {
        try await principal(secret, caller) { hash, now, tx in
            try Self.byToken(hash, now, tx) ?? Self.bySession(hash, now, tx)
        }
    }

    /// A browser's session cookie. An API token in a cookie is nothing.
    func principal(cookie secret: String, from caller: Caller = .here) async throws -> Principal? {
        guard let found = try await principal(secret, caller, Self.bySession), case .session = found.credential else {
            return nil
        }
        return found
    }

    func forgetAll() {
        state.withLock {
            $0.known.removeAll()
            $0.generation += 1
        }
    }

    /// Writes down what was used since the last time, in one transaction.
    func flushUse() async throws {
        let (tokens, sessions) = state.withLock { state in
            defer {
                state.tokenUses = TokenUses()
                state.seenSessions = [:]
            }
            return (state.tokenUses, state.seenSessions)
        }
        guard !tokens.isEmpty || !sessions.isEmpty else { return }
        let ids = Array(sessions.keys)
        let moment = sessions.values.max() ?? now()
        try await database.write { [audit] tx in
            try tokens.store(audit, tx)
            if !ids.isEmpty { try Session.touch(ids, at: moment, tx) }
        }
    }

    private func principal(
        _ secret: String, _ caller: Caller,
        _ find: @escaping @Sendable ([UInt8], Timestamp, borrowing Transaction) throws -> Found?
    ) async throws -> Principal? {
        guard !secret.isEmpty, secret.utf8.count <= 200 else { return nil }
        let hash = SecretToken.hash(of: secret)
        let moment = now()
        let (known, generation) = state.withLock { ($0.known[hash], $0.generation) }
        // Also not for longer where the clock was put back.
        if let known, known.until > moment, known.until <= moment + Self.memory {
            return admit(known, caller, at: moment)
        }
        guard var found = try await database.read({ tx in try find(hash, moment, tx) }) else { return nil }
        found.until = min(moment + Self.memory, found.end ?? moment + Self.memory)
        state.withLock { [found] in
            guard $0.generation == generation else { return }  // something was revoked while we looked
            if $0.known.count >= Self.maximumRemembered { $0.known.removeAll() }
            $0.known[hash] = found
        }
        return admit(found, caller, at: moment)
    }

    /// Asked each time, also of what is remembered: the next request may come from somewhere else.
    private func admit(_ found: Found, _ caller: Caller, at moment: Timestamp) -> Principal? {
        var principal = found.principal
        let isAllowed = found.isAllowed(from: caller)
        state.withLock {
            switch principal.credential {
            case .session(let id): $0.seenSessions[id] = moment
            case .token(let id) where isAllowed: $0.tokenUses.note(id, from: caller, at: moment)
            case .token(let id): $0.tokenUses.noteRefusal(id, from: caller, at: moment)
            case .bot, .console: break
            }
        }
        guard isAllowed else { return nil }
        principal.caller = caller
        return principal
    }

    private static func byToken(_ hash: [UInt8], _ now: Timestamp, _ tx: borrowing Transaction) throws -> Found? {
        guard let token = try APIToken.find(hash: hash, at: now, tx), let owner = try usable(token.user, now, tx) else {
            return nil
        }
        var principal = Principal(
            user: owner.id, username: owner.username, role: owner.role, credential: .token(token.id),
            scopes: token.scopes)
        principal.channels = token.channels
        principal.bot = owner.bot
        principal.isTurnedOff = try !SiteSettings.load(tx).allowsTokens
        let ends = [token.expiresAt, token.previousUntil, owner.accessUntil].compactMap(\.self)
        return Found(principal: principal, networks: token.networks.compactMap(Network.init), end: ends.min())
    }

    private static func bySession(_ hash: [UInt8], _ now: Timestamp, _ tx: borrowing Transaction) throws -> Found? {
        guard let session = try Session.find(hash: hash, tx), session.isAlive(at: now),
            let owner = try usable(session.user, now, tx)
        else { return nil }
        let principal = Principal(
            user: owner.id, username: owner.username, role: owner.role, credential: .session(session.id), scopes: nil)
        return Found(principal: principal, end: owner.accessUntil)
    }

    private static func usable(_ id: User.ID, _ now: Timestamp, _ tx: borrowing Transaction) throws -> User? {
        guard let user = try User.find(id, tx), !user.isLocked(at: now), !user.awaitsApproval else { return nil }
        // The token of a bot is worth what the bot is.
        guard try user.bot == nil || Bot.isUsable(account: id, at: now, tx) else { return nil }
        return user
    }
}
