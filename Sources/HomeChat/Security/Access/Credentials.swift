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
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    private struct State {
        var known: [[UInt8]: (principal: Principal, until: Timestamp)] = [:]
        var tokenUses: [APIToken.ID: (count: Int64, last: Timestamp)] = [:]
        var seenSessions: [Session.ID: Timestamp] = [:]
        var generation = 0
    }

    init(database: any Database, now: @escaping @Sendable () -> Timestamp) {
        self.database = database
        self.now = now
    }

    /// An API token, or the token of a signed-in device. nil for everything else, without saying why.
    func principal(bearer secret: String) async throws -> Principal? {
        try await principal(secret) { hash, now, tx in
            try Self.byToken(hash, now, tx) ?? Self.bySession(hash, now, tx)
        }
    }

    /// A browser's session cookie. An API token in a cookie is nothing.
    func principal(cookie secret: String) async throws -> Principal? {
        guard let found = try await principal(secret, Self.bySession), case .session = found.credential else {
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
                state.tokenUses = [:]
                state.seenSessions = [:]
            }
            return (state.tokenUses, state.seenSessions)
        }
        guard !tokens.isEmpty || !sessions.isEmpty else { return }
        let ids = Array(sessions.keys)
        let moment = sessions.values.max() ?? now()
        try await database.write { tx in
            for (id, use) in tokens { try APIToken.used(id, times: use.count, at: use.last, tx) }
            if !ids.isEmpty { try Session.touch(ids, at: moment, tx) }
        }
    }

    private func principal(
        _ secret: String,
        _ find: @escaping @Sendable ([UInt8], Timestamp, borrowing Transaction) throws -> Principal?
    ) async throws -> Principal? {
        guard !secret.isEmpty, secret.utf8.count <= 200 else { return nil }
        let hash = SecretToken.hash(of: secret)
        let moment = now()
        let (known, generation) = state.withLock { ($0.known[hash], $0.generation) }
        if let known, known.until > moment {
            noteUse(of: known.principal, at: moment)
            return known.principal
        }
        guard let found = try await database.read({ tx in try find(hash, moment, tx) }) else { return nil }
        state.withLock {
            guard $0.generation == generation else { return }  // something was revoked while we looked
            if $0.known.count >= Self.maximumRemembered { $0.known.removeAll() }
            $0.known[hash] = (found, moment + Self.memory)
        }
        noteUse(of: found, at: moment)
        return found
    }

    private func noteUse(of principal: Principal, at moment: Timestamp) {
        state.withLock {
            switch principal.credential {
            case .session(let id): $0.seenSessions[id] = moment
            case .token(let id): $0.tokenUses[id] = (($0.tokenUses[id]?.count ?? 0) + 1, moment)
            case .console: break
            }
        }
    }

    private static func byToken(_ hash: [UInt8], _ now: Timestamp, _ tx: borrowing Transaction) throws -> Principal? {
        guard let token = try APIToken.find(hash: hash, tx), let owner = try usable(token.user, now, tx) else {
            return nil
        }
        return Principal(
            user: owner.id, username: owner.username, role: owner.role, credential: .token(token.id),
            scopes: token.scopes)
    }

    private static func bySession(_ hash: [UInt8], _ now: Timestamp, _ tx: borrowing Transaction) throws -> Principal? {
        guard let session = try Session.find(hash: hash, tx), session.isAlive(at: now),
            let owner = try usable(session.user, now, tx)
        else { return nil }
        return Principal(
            user: owner.id, username: owner.username, role: owner.role, credential: .session(session.id), scopes: nil)
    }

    private static func usable(_ id: User.ID, _ now: Timestamp, _ tx: borrowing Transaction) throws -> User? {
        guard let user = try User.find(id, tx), !user.isLocked(at: now), !user.awaitsApproval else { return nil }
        return user
    }
}
