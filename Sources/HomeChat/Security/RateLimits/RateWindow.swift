import Synchronization

/// The times of one scope: an exact sliding window for each key, in bounded memory.
final class RateWindow: Sendable {
    /// Beyond it, keys that are far from their limit are forgotten. A key at its limit never is.
    static let maximumKeys = 50_000
    /// Of all keys together: eight megabytes.
    static let maximumTimes = 2_000_000

    private let scope: RateScope
    private let state: Mutex<State>

    fileprivate struct State {
        var rule: RateRule
        var logs: [UInt64: SpendLog] = [:]
        var times = 0
        /// What keys share for which there is no room.
        var others = SpendLog(at: 0)
    }

    init(_ scope: RateScope, _ rule: RateRule) {
        self.scope = scope
        state = Mutex(State(rule: rule))
    }

    var rule: RateRule { state.withLock(\.rule) }
    var keyCount: Int { state.withLock { $0.logs.count } }
    var timeCount: Int { state.withLock { $0.times } }

    func setRule(_ rule: RateRule) { state.withLock { $0.rule = rule } }

    /// Counts one try for all of the keys, or for none if one of them has no more.
    /// - Returns: the verdict about the key with the least left; nil where nothing is limited.
    func spend(_ keys: [UInt64], at now: Int64) -> Result<RateVerdict?, RateRefusal> {
        state.withLock { state in
            switch state.look(scope, keys, at: now) {
            case .failure(let refusal): return .failure(refusal)
            case .success(nil): return .success(nil)
            case .success:
                for key in keys { state.add(1, to: key, at: now) }
                return state.look(scope, keys, at: now, isAfter: true)
            }
        }
    }

    /// What `spend` would say, without counting.
    func check(_ keys: [UInt64], at now: Int64) -> Result<RateVerdict?, RateRefusal> {
        state.withLock { $0.look(scope, keys, at: now) }
    }

    /// Another node let these through.
    func hear(_ spends: [(key: UInt64, times: Int)], at now: Int64) {
        state.withLock { state in
            for spend in spends { state.add(spend.times, to: spend.key, at: now) }
        }
    }

    func sweep(at now: Int64) { state.withLock { $0.dropExpired(at: now) } }
}

extension RateWindow.State {
    mutating func look(
        _ scope: RateScope, _ keys: [UInt64], at now: Int64, isAfter: Bool = false
    ) -> Result<RateVerdict?, RateRefusal> {
        guard let limit = rule.limit else { return .success(nil) }
        var worst: RateVerdict?
        for key in keys {
            let verdict = verdict(scope, key, limit, at: now, mayRefuse: !isAfter)
            if worst.map({ verdict.remaining < $0.remaining }) ?? true { worst = verdict }
            if verdict.remaining == 0, !isAfter { return .failure(RateRefusal(verdict: verdict)) }
        }
        return .success(worst)
    }

    private mutating func verdict(
        _ scope: RateScope, _ key: UInt64, _ limit: Int, at now: Int64, mayRefuse: Bool
    ) -> RateVerdict {
        let period = rule.period.milliseconds
        let isKnown = logs[key] != nil
        // Without room for a new key, it shares with all others that have none.
        let isShared = !isKnown && !hasRoom && others.count > 0
        var log = isShared ? others : logs.removeValue(forKey: key) ?? SpendLog(at: now)
        let expired = log.expire(period, at: now)
        let remaining = max(0, limit - log.count)
        let freed = log.count == 0 ? now : log.time(max(0, log.count - limit)) + period
        let isNews = mayRefuse && remaining == 0 && log.tell(period, at: now)
        if isShared {
            others = log
        } else {
            times -= expired
            if isKnown { logs[key] = log }
        }
        return RateVerdict(
            scope: scope, limit: limit, period: rule.period, remaining: remaining,
            wait: .milliseconds(max(0, freed - now)), isNews: isNews)
    }

    mutating func add(_ count: Int, to key: UInt64, at now: Int64) {
        guard let limit = rule.limit else { return }
        if logs[key] == nil, !hasRoom {
            makeRoom(at: now)
            guard hasRoom else {
                _ = others.expire(rule.period.milliseconds, at: now)
                _ = others.add(count, at: now, keeping: limit)
                return
            }
        }
        times += logs[key, default: SpendLog(at: now)].add(count, at: now, keeping: limit)
    }

    private var hasRoom: Bool { logs.count < RateWindow.maximumKeys && times < RateWindow.maximumTimes }

    mutating func dropExpired(at now: Int64) {
        let period = rule.period.milliseconds
        var index = logs.startIndex
        while index != logs.endIndex {
            times -= logs.values[index].expire(period, at: now)
            index = logs.index(after: index)
        }
        logs = logs.filter { $0.value.count > 0 }
    }

    /// Down to half, so that it is not done for each key: first who spent once, then others below their limit.
    private mutating func makeRoom(at now: Int64) {
        dropExpired(at: now)
        let limit = rule.limit ?? 0
        for most in [1, limit - 1] where !isHalfEmpty {
            thin { $0.count <= most && $0.count < limit }
        }
    }

    /// Takes them from all over the table: emptied from one end, it would fill at the other and become a list.
    private mutating func thin(_ mayGo: (SpendLog) -> Bool) {
        let candidates = logs.values.count(where: mayGo)
        let tooMany = times > RateWindow.maximumTimes / 2 ? candidates : logs.count - RateWindow.maximumKeys / 2
        var due = 0
        logs = logs.filter { _, log in
            guard mayGo(log) else { return true }
            due += tooMany
            guard due >= candidates else { return true }
            due -= candidates
            times -= log.count
            return false
        }
    }

    private var isHalfEmpty: Bool {
        logs.count <= RateWindow.maximumKeys / 2 && times <= RateWindow.maximumTimes / 2
    }
}
