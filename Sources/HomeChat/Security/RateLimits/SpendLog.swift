/// When one key spent, to the millisecond, oldest first. Four bytes a time, and never more times than the limit.
struct SpendLog: Sendable {
    private var base: Int64
    private var offsets: [UInt32] = []
    /// When somebody was last told that this key is at its limit.
    private(set) var toldAt: Int64?

    init(at now: Int64) {
        base = now
    }

    var count: Int { offsets.count }

    func time(_ index: Int) -> Int64 { base + Int64(offsets[index]) }

    /// Drops what lies `period` milliseconds back.
    /// - Returns: how many times were dropped.
    mutating func expire(_ period: Int64, at now: Int64) -> Int {
        followClock(now)
        let start = now - period
        let expired = offsets.prefix { base + Int64($0) <= start }.count
        guard expired > 0 else { return 0 }
        offsets.removeFirst(expired)
        return expired
    }

    /// - Returns: by how many times the log grew; the oldest give way where there would be more than `limit`.
    mutating func add(_ times: Int, at now: Int64, keeping limit: Int) -> Int {
        followClock(now)
        if offsets.isEmpty { base = now }
        rebase(now)
        let before = offsets.count
        let added = min(times, limit)
        offsets.removeFirst(max(0, before + added - limit))
        offsets.append(contentsOf: repeatElement(UInt32(clamping: now - base), count: added))
        return offsets.count - before
    }

    /// Whether a refusal is worth a line in the audit log: once a period.
    mutating func tell(_ period: Int64, at now: Int64) -> Bool {
        if let toldAt, now - toldAt < period, now >= toldAt { return false }
        toldAt = now
        return true
    }

    /// A clock that jumped back must neither free a key nor hold it for as long as the jump.
    private mutating func followClock(_ now: Int64) {
        guard let last = offsets.last, base + Int64(last) > now else { return }
        base -= base + Int64(last) - now
    }

    private mutating func rebase(_ now: Int64) {
        guard let first = offsets.first, now - base > Int64(UInt32.max / 2) else { return }
        offsets = offsets.map { $0 - first }
        base += Int64(first)
    }
}
