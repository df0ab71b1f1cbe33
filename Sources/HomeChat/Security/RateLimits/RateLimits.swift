import Crypto
import Foundation
import Storage
import Synchronization

/// How often somebody may do something. The counts live in memory; on PostgreSQL each node tells the others what it let through.
final class RateLimits: Sendable {
    /// Spends that wait to be told; beyond it the others learn less, and limit later.
    static let maximumWaiting = 10_000

    /// What this process is called among the nodes.
    let node = Int64.random(in: 1 ... .max)
    private let configured: RateSettings
    /// Nobody reads an address out of a notice, nor aims at one place of a table.
    private let hashKey: SymmetricKey
    private let counters: Counters
    private let now: @Sendable () -> Timestamp
    private let windows: [RateScope: RateWindow]
    private let state: Mutex<State>

    private struct State {
        var tellsOthers = false
        var waiting: [RateScope: [UInt64: Int]] = [:]
        var waitingCount = 0
    }

    /// What is counted together.
    enum Key: Sendable {
        /// An IPv4 address, or the /64 of an IPv6 address.
        case address(String)
        /// A name as it was typed, of an account or of nobody.
        case account(String)
        case user(User.ID)
        case session(Session.ID)
        case bot(Bot.ID)
        /// The doctor's tries, from this address.
        case probe(String)
    }

    init(
        _ configured: RateSettings, hashKey: SymmetricKey, counters: Counters, now: @escaping @Sendable () -> Timestamp
    ) {
        self.configured = configured
        self.hashKey = hashKey
        self.counters = counters
        self.now = now
        windows = Dictionary(uniqueKeysWithValues: RateScope.allCases.map { ($0, RateWindow($0, configured[$0])) })
        state = Mutex(State())
    }

    func rule(_ scope: RateScope) -> RateRule { windows[scope]?.rule ?? scope.defaultRule }

    /// Counts one try, or says no without counting it.
    /// - Parameter ip: where it comes from, for the safelist, when no key says so.
    /// - Returns: what is left; nil where nothing is limited.
    @discardableResult func spend(
        _ scope: RateScope, _ keys: Key..., from ip: String = ""
    ) throws -> RateVerdict? {
        guard let window = windows[scope], !isLifted(scope, window, keys, ip) else { return nil }
        let hashes = keys.map(hash)
        let verdict = try counted(window.spend(hashes, at: now().milliseconds))
        if verdict != nil { note(scope, hashes) }
        return verdict
    }

    /// Counts one try of a person, whatever they signed in with. Whoever sits at the machine is not limited.
    func spend(_ scope: RateScope, for principal: Principal) throws {
        guard principal.credential != .console else { return }
        try spend(scope, .user(principal.user), from: principal.caller.ipAddress)
    }

    /// Says no where `spend` would, and counts nothing.
    func check(_ scope: RateScope, _ keys: Key...) throws {
        guard let window = windows[scope], !isLifted(scope, window, keys, "") else { return }
        _ = try counted(window.check(keys.map(hash), at: now().milliseconds))
    }

    /// Forgets what no longer counts.
    func sweep() {
        for window in windows.values { window.sweep(at: now().milliseconds) }
    }

    private func isLifted(_ scope: RateScope, _ window: RateWindow, _ keys: [Key], _ ip: String) -> Bool {
        guard scope.allowsSafelist else { return false }
        let rule = window.rule
        for case .address(let ip) in keys where rule.isLifted(for: ip) { return true }
        return rule.isLifted(for: ip)
    }

    private func counted(_ result: Result<RateVerdict?, RateRefusal>) throws -> RateVerdict? {
        if case .failure(let refusal) = result {
            counters.count(.rateLimited, refusal.verdict.scope.rawValue)
        }
        return try result.get()
    }

    private func hash(_ key: Key) -> UInt64 {
        let bytes: [UInt8] =
            switch key {
            case .address(let ip): [0] + (Network.household(of: ip) ?? Array(ip.utf8))
            case .account(let name): [1] + Array(nameKey(String(name.prefix(200))).utf8)
            case .user(let id): [2] + Array("\(id)".utf8)
            case .session(let id): [3] + Array("\(id)".utf8)
            case .probe(let ip): [4] + (Network.household(of: ip) ?? Array(ip.utf8))
            case .bot(let id): [5] + Array("\(id)".utf8)
            }
        let code = HMAC<SHA256>.authenticationCode(for: bytes, using: hashKey)
        return code.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

// MARK: Other nodes

extension RateLimits {
    private func note(_ scope: RateScope, _ keys: [UInt64]) {
        state.withLock { state in
            guard state.tellsOthers, state.waitingCount + keys.count <= Self.maximumWaiting else { return }
            for key in keys { state.waiting[scope, default: [:]][key, default: 0] += 1 }
            state.waitingCount += keys.count
        }
    }

    /// There are others: from now on spends are kept for them.
    func tellOthers() { state.withLock { $0.tellsOthers = true } }

    func takeWaiting() -> [RateSpends] {
        let waiting = state.withLock { state in
            defer { (state.waiting, state.waitingCount) = ([:], 0) }
            return state.waiting
        }
        return waiting.flatMap { RateSpends.batches(of: $1, in: $0, by: node) }
    }

    func hear(_ spends: RateSpends) {
        guard spends.node != node else { return }
        windows[spends.scope]?.hear(spends.keys.map { ($0.key, $0.times) }, at: now().milliseconds)
    }
}

// MARK: What an admin chose

extension RateLimits {
    /// Takes over what an admin chose.
    func load(from database: any Database) async throws {
        let chosen = try await database.read { tx in try ChosenRules.load(tx) }
        for scope in RateScope.allCases { windows[scope]?.setRule(chosen.rule(scope, configured: configured[scope])) }
        if database.engine == .postgres { tellOthers() }
    }
}
