import Crypto
import Foundation
import Storage

/// How many wrong passwords and codes are too many, for whom and for how long. Kept in the database, so it holds on every
/// node and after a restart.
///
/// A guess is counted before it is looked at, and taken back when it was right: so of many at once no more than the limit
/// are looked at.
struct Lockout: Sendable {
    /// Wrong guesses in a row for one account from one network (or one known device), and how long that is locked then.
    static let tiers: [(failures: Int, lock: Duration)] = [(5, .minutes(30)), (10, .hours(2)), (15, .hours(24))]
    /// For one account from everywhere: locks it for devices that it does not know.
    static let accountLimit = 50
    static let accountWindow = Duration.hours(24)
    static let accountLock = Duration.hours(24)
    /// From one network for all accounts.
    static let networkLimit = 300
    static let networkWindow = Duration.hours(1)
    static let networkLock = Duration.hours(1)
    /// After so long without a failure nobody remembers it.
    static let memory = Duration.days(30)

    /// Makes names into keys, so that what somebody typed in the wrong field is not kept.
    let key: SymmetricKey
    let now: @Sendable () -> Timestamp

    enum Verdict: Sendable, Equatable {
        case open
        /// - Parameter mayTell: whether a right password earns the answer when it ends.
        case locked(until: Timestamp, mayTell: Bool)
        /// Too much came from this network.
        case refused
    }

    /// A guess that is counted and not yet judged.
    struct Attempt: Sendable {
        let verdict: Verdict
        let account: String
        let network: SignInNetwork
        /// Whose counter it went into: the account's, from this network or this device.
        let subject: String
        let isKnownDevice: Bool
        /// The lock that was there before, whether it still holds or not.
        let earlierLock: Timestamp?
        /// What this guess locks unless it is right.
        var locks: [String] = []
        var failure: Int64?
    }

    func accountKey(_ name: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(nameKey(name).utf8), using: key)
        return Data(code.prefix(12)).base64EncodedString()
    }

    /// Counts a guess, and says whether it may be right.
    /// - Parameter device: the id of a device that has the account's signed cookie.
    func begin(name: String, from caller: Caller, device: String?, _ tx: borrowing Transaction) throws -> Attempt {
        let moment = now()
        let (account, network) = (accountKey(name), SignInNetwork(caller.ipAddress))
        let subject = device.map { "\(account) device \($0)" } ?? "\(account) \(network.subject)"
        let counters = try SignInCounter.find([subject, network.subject, account], tx)
        func counter(_ subject: String) -> SignInCounter? { counters.first { $0.subject == subject } }
        var attempt = Attempt(
            verdict: Self.verdict(
                own: counter(subject), account: counter(account), network: counter(network.subject),
                isKnownDevice: device != nil, at: moment),
            account: account, network: network, subject: subject, isKnownDevice: device != nil,
            earlierLock: counter(subject)?.lockedUntil)
        guard attempt.verdict != .refused else { return attempt }
        let failures = try SignInCounter.add(subject, account: account, at: moment, tx)
        if let tier = Self.tier(reached: failures) {
            try SignInCounter.lock(subject, account: account, until: moment + tier, at: moment, tx)
            attempt.locks.append(subject)
        }
        attempt.failure = try SignInFailure.insert(account: account, network: network.text, at: moment, tx)
        if device == nil { attempt.locks += try lockWidely(account, network, at: moment, tx) }
        return attempt
    }

    /// The guess was right and nothing else is asked for: what was wrong before it is forgotten.
    func succeed(_ attempt: Attempt, _ tx: borrowing Transaction) throws {
        try SignInCounter.remove(attempt.subject, tx)
        try SignInFailure.remove(account: attempt.account, network: attempt.network.text, tx)
        try undo(attempt, tx)
    }

    /// The guess was right, but is not enough: it does not count, and neither does it make good for others.
    func release(_ attempt: Attempt, _ tx: borrowing Transaction) throws {
        try SignInCounter.takeBack(attempt.subject, lock: attempt.earlierLock, tx)
        if let failure = attempt.failure { try SignInFailure.remove(failure, tx) }
        try undo(attempt, tx)
    }

    /// Takes the guess back where nobody could look at it: who is told to come back later has not guessed wrong.
    func judging<Judgement: Sendable>(
        _ attempt: Attempt, in database: any Database, _ judge: () async throws -> Judgement
    ) async throws -> Judgement {
        do {
            return try await judge()
        } catch {
            if attempt.verdict != .refused { try await database.write { tx in try release(attempt, tx) } }
            throw error
        }
    }

    /// Everything that keeps an account locked goes: an admin says so, or there is a new password.
    func unlock(_ name: String, _ tx: borrowing Transaction) throws {
        try SignInCounter.removeAll(of: accountKey(name), tx)
        try SignInFailure.removeAll(of: accountKey(name), tx)
    }

    /// When the account can be used from anywhere again; nil when nothing locks it.
    func lockedUntil(_ name: String, _ tx: borrowing Transaction) throws -> Timestamp? {
        try SignInCounter.lockedUntil(account: accountKey(name), at: now(), tx)
    }

    func removeOld(_ tx: borrowing Transaction) throws {
        try SignInCounter.removeAll(before: now() - Self.memory, tx)
        try SignInFailure.removeAll(before: now() - max(Self.accountWindow, Self.networkWindow), tx)
    }

    private func undo(_ attempt: Attempt, _ tx: borrowing Transaction) throws {
        for lock in attempt.locks where lock != attempt.subject { try SignInCounter.remove(lock, tx) }
    }

    private static func verdict(
        own: SignInCounter?, account: SignInCounter?, network: SignInCounter?, isKnownDevice: Bool, at now: Timestamp
    ) -> Verdict {
        if !isKnownDevice, network?.lock(at: now) != nil { return .refused }
        if !isKnownDevice, let until = account?.lock(at: now) {
            // Told to nobody: many networks could else go on guessing, and be told which guess was right.
            return .locked(until: until, mayTell: false)
        }
        guard let own, let until = own.lock(at: now) else { return .open }
        return .locked(until: until, mayTell: isKnownDevice || own.failures < tiers[tiers.count - 1].failures)
    }

    private static func tier(reached failures: Int64) -> Duration? {
        guard let last = tiers.last, failures < last.failures else { return tiers.last?.lock }
        return tiers.first { $0.failures == failures }?.lock
    }

    private func lockWidely(
        _ account: String, _ network: SignInNetwork, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> [String] {
        var locks: [String] = []
        let ofAccount = try SignInFailure.count(
            account: account, since: now - Self.accountWindow, upTo: Self.accountLimit, tx)
        if ofAccount == Self.accountLimit {
            let until = now + Self.accountLock
            if try SignInCounter.lockAnew(account, account: account, until: until, at: now, tx) {
                locks.append(account)
            }
        }
        guard !network.isLoopback else { return locks }
        let ofNetwork = try SignInFailure.count(
            network: network.text, since: now - Self.networkWindow, upTo: Self.networkLimit, tx)
        if ofNetwork == Self.networkLimit {
            let (subject, until) = (network.subject, now + Self.networkLock)
            if try SignInCounter.lockAnew(subject, account: "", until: until, at: now, tx) { locks.append(subject) }
        }
        return locks
    }
}
