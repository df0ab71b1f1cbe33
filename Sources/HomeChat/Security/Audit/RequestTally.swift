import Storage
import Synchronization

/// What is counted for a minute before it becomes an entry: what tokens ask for, and what somebody is refused again and again.
/// The only events outside the transaction of what they tell; a kill may lose the running minute.
final class RequestTally: Sendable {
    private static let other = "other"

    private struct Kind: Hashable {
        let minute: Int64
        let action: AuditAction
        let target: String
        /// Method and pattern of the path: no ids, so there are not many.
        let route: String

        var order: (Int64, String, String) { (minute, target, route) }
    }

    private struct Count: Sendable {
        var times: Int64
        /// Of the last one; nil where it is many people's.
        var principal: Principal?
        var details: [String: String]
    }

    private let audit: AuditLog
    private let database: any Database
    private let countsRequests: Bool
    /// Kinds of requests in one minute; all beyond it are counted as one kind.
    private let maximumKinds: Int
    private let now: @Sendable () -> Timestamp
    private let counts = Mutex<[Kind: Count]>([:])

    init(
        audit: AuditLog, database: any Database, countsRequests: Bool, maximumKinds: Int = 10_000,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.audit = audit
        self.database = database
        self.countsRequests = countsRequests
        self.maximumKinds = maximumKinds
        self.now = now
    }

    /// A request that a token made. What people do in their browser is no use of the API.
    func asked(_ principal: Principal, for route: String) {
        guard countsRequests, case .token = principal.credential else { return }
        _ = add(1, .apiRequest, principal, route, [:])
    }

    /// The first refusal of a kind in a minute is written down at once, more of them when the minute is over.
    func refused(_ principal: Principal, _ reason: String, at route: String) async throws {
        let details = ["reason": reason]
        guard add(0, .accessDenied, principal, route, details) else {
            return _ = add(1, .accessDenied, principal, route, details)
        }
        try await database.write { [audit] tx in
            try audit.record(
                .accessDenied, by: principal, target: principal.credential.name,
                details: details.merging(["route": route]) { $1 }, tx)
        }
    }

    /// Writes down the minutes that are over; with `all` the running one too, as nobody is left to count in it.
    func flush(all: Bool = false) async throws {
        let minute = Self.minute(now())
        let due = counts.withLock { counts in
            let due = counts.filter { all || $0.key.minute < minute }
            for kind in due.keys { counts[kind] = nil }
            return due.filter { $0.value.times > 0 }
        }
        guard !due.isEmpty else { return }
        let sorted = due.sorted { $0.key.order < $1.key.order }
        for start in stride(from: 0, to: sorted.count, by: AuditEntry.sliceLength) {
            let slice = Array(sorted[start..<min(start + AuditEntry.sliceLength, sorted.count)])
            do {
                try await write(slice)
            } catch {
                putBack(sorted[start...])
                throw error
            }
        }
    }

    /// The disk was full, or the database away: the next flush tries again.
    private func putBack(_ due: some Sequence<(key: Kind, value: Count)>) {
        counts.withLock { counts in
            for (kind, count) in due {
                let kept = fitting(kind, counts)
                let times = count.times + (counts[kept]?.times ?? 0)
                counts[kept] =
                    kept == kind
                    ? Count(times: times, principal: count.principal, details: count.details)
                    : Count(times: times, principal: nil, details: [:])
            }
        }
    }

    private func write(_ counted: [(key: Kind, value: Count)]) async throws {
        try await database.write { [audit] tx in
            for (kind, count) in counted {
                let minute = Timestamp(milliseconds: kind.minute * 60_000).iso8601
                let details = ["route": kind.route, "minute": minute, "count": String(count.times)]
                    .merging(count.details) { $1 }
                if let principal = count.principal {
                    try audit.record(
                        kind.action, by: principal, target: kind.target, details: details, times: count.times, tx)
                } else {
                    try audit.record(
                        kind.action, user: nil, actor: "many", from: .here, details: details, times: count.times, tx)
                }
            }
        }
    }

    /// - Returns: whether it is the first of its kind in this minute.
    private func add(
        _ times: Int64, _ action: AuditAction, _ principal: Principal, _ route: String, _ details: [String: String]
    ) -> Bool {
        let kind = Kind(
            minute: Self.minute(now()), action: action, target: principal.credential.name, route: route)
        return counts.withLock { counts in
            let kept = fitting(kind, counts)
            let before = counts[kept]
            let times = (before?.times ?? 0) + times
            counts[kept] =
                kept == kind
                ? Count(times: times, principal: principal, details: details)
                : Count(times: times, principal: nil, details: [:])
            return before == nil
        }
    }

    /// The kind itself, or where there are too many the one for all others of that minute.
    private func fitting(_ kind: Kind, _ counts: [Kind: Count]) -> Kind {
        guard counts[kind] == nil, counts.count >= maximumKinds else { return kind }
        return Kind(minute: kind.minute, action: kind.action, target: "", route: Self.other)
    }

    private static func minute(_ moment: Timestamp) -> Int64 { moment.milliseconds / 60_000 }
}

extension Principal.Credential {
    /// As an entry names it.
    var name: String {
        switch self {
        case .session(let id): "session:\(id)"
        case .token(let id): "token:\(id)"
        case .bot(let id): "bot:\(id)"
        case .console: ""
        }
    }
}
