import Storage

extension AuditTrail {
    package struct Pruned: Sendable {
        package var entries: Int64 = 0
        /// The newest of those that are gone.
        package var through: Int64 = 0
    }

    /// Forgets what is older; what is kept stays a chain that can be verified. Only for whoever sits at the machine.
    /// - Parameter force: also where what goes is not as it was written, so that the log can be sound again.
    package func prune(olderThan age: Duration, force: Bool = false, as principal: Principal) async throws -> Pruned {
        guard principal.credential == .console else { throw ChatError.forbidden("only the command line forgets") }
        return try await prune(olderThan: age, by: "hand", force: force)
    }

    /// Once a day, by whichever node is first.
    func pruneDaily() async throws {
        guard let retention else { return }
        let moment = now()
        guard try await database.read({ tx in try Chore.auditPruning.isDue(at: moment, tx) }) else { return }
        guard try await database.write({ tx in try Chore.auditPruning.claim(at: moment, tx) }) else { return }
        _ = try await prune(olderThan: retention, by: "retention", force: false)
    }

    private func prune(olderThan age: Duration, by whom: String, force: Bool) async throws -> Pruned {
        let end = now() - age
        var pruned = Pruned()
        if force { pruned.entries = try await dropForgeries() }
        guard let due = try await database.read({ tx in try AuditEntry.due(before: end, tx) }) else { return pruned }
        var isFirst = true
        while true {
            let details = [
                "count": String(due.count), "through": String(due.last), "older_than": end.iso8601, "by": whom,
            ]
            let slice = try await database.write { [audit, isFirst] tx in
                // Said before it is done, so that nothing goes unsaid if this ends half-way.
                if isFirst { try audit.record(.auditPruned, by: .console, details: details, tx) }
                return try Self.forgetSlice(through: due.last, audit, force: force, tx)
            }
            guard let slice else { return pruned }
            isFirst = false
            pruned.entries += slice.entries
            pruned.through = slice.through
        }
    }

    /// What stands behind the end of the chain is no part of it, and it would never be sound with that.
    private func dropForgeries() async throws -> Int64 {
        try await database.write { [audit] tx in
            let chain = try AuditChain.standing(tx)
            try chain.store(tx)
            guard try AuditEntry.isAny(behind: chain.lastID, tx) else { return 0 }
            try audit.record(
                .auditPruned, by: .console, details: ["by": "hand", "what": "rows behind the end of the log"], tx)
            return try AuditEntry.forget(behind: try AuditChain.standing(tx).lastID, tx)
        }
    }

    /// - Returns: nil when there is nothing left to forget.
    private static func forgetSlice(
        through last: Int64, _ audit: AuditLog, force: Bool, _ tx: borrowing Transaction
    ) throws -> Pruned? {
        var chain = try AuditChain.find(tx) ?? AuditChain.behindForgeries(tx)
        let entries = try AuditEntry.slice(after: chain.baseID, through: last, tx)
        guard let newest = entries.last else { return nil }
        let isSealed = chain.isSealed(with: audit.key)
        if !force {
            // What does not fit is evidence, and a new base would make it look as if it had fitted.
            guard isSealed else { throw ChatError.conflict(Self.brokenWords("its ends")) }
            var (id, hash) = (chain.baseID, chain.baseHash)
            for entry in entries {
                guard entry.id.value == id + 1, entry.chained(to: hash, audit.key) == entry.hash else {
                    throw ChatError.conflict(Self.brokenWords("entry \(id + 1)"))
                }
                (id, hash) = (entry.id.value, entry.hash)
            }
        }
        (chain.baseID, chain.baseHash) = (newest.id.value, newest.hash)
        if isSealed || force { chain.seal(with: audit.key) }
        try chain.store(tx)
        try AuditEntry.forget(through: newest.id.value, tx)
        return Pruned(entries: Int64(entries.count), through: newest.id.value)
    }

    private static func brokenWords(_ place: String) -> String {
        "the log is not as it was written (\(place)); see `homechat audit verify`, keep a copy, then prune with --force"
    }
}

extension AuditEntry {
    struct Due: RowDecodable, Sendable {
        let count: Int64
        let last: Int64

        init(row: Row) throws {
            count = try row["count"]
            last = try row["last_id"]
        }
    }

    /// The oldest entries, up to the first that is to stay: a clock that was wrong for a while makes no holes.
    fileprivate static func due(before end: Timestamp, _ tx: borrowing Transaction) throws -> Due? {
        // What stands behind the end of the chain is no part of it, however old it says that it is.
        let last = try AuditChain.standing(tx).lastID
        let kept: Int64? = try tx.fetchRequired("SELECT MIN(id) FROM audit_logs WHERE created_at >= \(end)")
        let due: Due = try tx.fetchRequired(
            """
            SELECT COUNT(*) AS count, COALESCE(MAX(id), 0) AS last_id FROM audit_logs
            WHERE id < \(kept ?? .max) AND id <= \(last)
            """)
        return due.count > 0 ? due : nil
    }

    fileprivate static func isAny(behind id: Int64, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne("SELECT id FROM audit_logs WHERE id > \(id) LIMIT 1")
        return found != nil
    }

    // The only places that take entries away; nothing changes one.

    fileprivate static func forget(behind id: Int64, _ tx: borrowing Transaction) throws -> Int64 {
        Int64(try tx.execute("DELETE FROM audit_logs WHERE id > \(id)"))
    }

    fileprivate static func forget(through id: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM audit_logs WHERE id <= \(id)")
    }
}
