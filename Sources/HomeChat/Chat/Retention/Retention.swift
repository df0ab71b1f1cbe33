import Storage

/// How long messages are kept. A channel says so for itself, or follows the server.
package enum RetentionChoice: Sendable, Equatable {
    /// A channel's: as the server says. The server's: for ever.
    case usual
    case days(Int64)

    package static let range: ClosedRange<Int64> = 1...36_500

    package init(days: Int64?, field: String = "retention_days") throws {
        guard let days else {
            self = .usual
            return
        }
        guard Self.range.contains(days) else {
            throw ChatError.invalid(
                field, "must be a number of days from \(Self.range.lowerBound) to \(Self.range.upperBound)")
        }
        self = .days(days)
    }

    var days: Int64? { if case .days(let days) = self { days } else { nil } }

    static func words(_ days: Int64) -> String { days == 1 ? "1 day" : "\(days) days" }
}

/// Erases what is older than it should be, and forgets after a while that it was there.
struct Retention: Sendable {
    static let slice = 500
    /// Messages in one turn. Then others come first; what is left has its turn a minute later.
    static let mostInTurn = 5000

    let database: any Database
    let readOnly: ReadOnlyMode
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// One turn. Nothing is taken away while nothing may be changed: somebody wants to see it as it is.
    func run() async throws {
        guard try await !readOnly.isOn() else { return }
        // By the hour, so that a busy channel makes one entry an hour in the audit log.
        let moment = now().hour
        let due = try await database.read { tx in try DueMessages.all(at: moment, tx) }
        var (left, isSaid) = (Self.mostInTurn, false)
        for channel in due {
            var erased = Self.slice
            while erased == Self.slice, left > 0 {
                erased = try await erase(in: channel, at: moment, saying: isSaid ? [] : due)
                left -= erased
                isSaid = isSaid || erased > 0
                try Task.checkCancellation()
            }
        }
        var forgotten = Self.slice
        while forgotten == Self.slice, left > 0 {
            forgotten = try await forget(at: moment)
            left -= forgotten
            try Task.checkCancellation()
        }
    }

    /// - Parameter planned: all that is due, said with the first of it: nothing goes unsaid if this ends half-way.
    private func erase(
        in channel: DueMessages, at moment: Timestamp, saying planned: [DueMessages]
    ) async throws -> Int {
        try await database.write { [audit, now] tx in
            // Asked again: it may have been decided meanwhile that they stay.
            let ids = try DueMessages.slice(of: channel.channel, at: moment, limit: Self.slice, tx)
            guard !ids.isEmpty else { return 0 }
            if !planned.isEmpty { try audit.record(planned, tx) }
            try Message.erase(ids, at: now(), tx)
            for id in ids { tx.announce(.messageDeleted(id, in: channel.channel)) }
            return ids.count
        }
    }

    /// Not even that there was a message stays for ever, unless it is what others hang on.
    private func forget(at moment: Timestamp) async throws -> Int {
        let end = moment - Message.tombstoneAge
        let isAny = try await database.read { tx in try !Message.tombstones(before: end, atMost: 1, tx).isEmpty }
        guard isAny else { return 0 }
        return try await database.write { tx in
            let old = try Message.tombstones(before: end, atMost: Self.slice, tx)
            try Message.remove(old, tx)
            return old.count
        }
    }
}

extension AuditLog {
    /// How much went, and never what or whose: what two people have between them is in no log at all.
    fileprivate func record(_ due: [DueMessages], _ tx: borrowing Transaction) throws {
        let count = due.reduce(0) { $0 + $1.count }
        try record(
            .retentionApplied, user: nil, actor: "homechat", from: .here, target: "",
            details: ["messages": String(count), "channels": String(due.count)], tx)
    }
}

extension Timestamp {
    /// The full hour before.
    fileprivate var hour: Timestamp {
        let length = Duration.hours(1).milliseconds
        return Timestamp(milliseconds: milliseconds - (milliseconds % length + length) % length)
    }
}
