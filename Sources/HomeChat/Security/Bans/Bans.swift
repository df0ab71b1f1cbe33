import Storage

/// Shutting networks out, and letting them in again.
package struct Bans: Sendable {
    let database: any Database
    let list: BanList
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// HTTP and the cable are closed to the network at once, on every node.
    /// - Parameter end: nil for good, or until it is lifted.
    @discardableResult package func add(
        network: String, reason: String, until end: Timestamp?, as principal: Principal
    ) async throws -> Ban {
        try principal.requireAdmin()
        let new = try NewBan(network, reason: reason, sparing: principal.caller.ipAddress)
        let moment = now()
        guard end.map({ $0 > moment }) ?? true else { throw ChatError.invalid("until", "must be in the future") }
        let ban = try await database.write { [audit] tx in
            try Proof.require(principal, at: moment, tx)
            return try Self.add(new, until: end, as: principal, at: moment, audit, tx)
        }
        try await list.load(from: database, moment)
        return ban
    }

    @discardableResult static func add(
        _ new: NewBan, until end: Timestamp?, as principal: Principal, at now: Timestamp, _ audit: AuditLog,
        _ tx: borrowing Transaction
    ) throws -> Ban {
        guard try Ban.count(tx) < Ban.maximum else {
            throw ChatError.conflict("there are \(Ban.maximum) bans already; leave this to a firewall")
        }
        let ban = try Ban.insert(new, by: principal.username, until: end, at: now, tx)
        try audit.record(
            .networkBanned, by: principal, target: "network:\(ban.network)",
            details: ["reason": ban.reason, "until": end?.iso8601 ?? ""], tx)
        tx.announce(.bansChanged)
        return ban
    }

    package func all(as principal: Principal) async throws -> [Ban] {
        try principal.requireAdmin()
        return try await database.read { [now] tx in try Ban.all(at: now(), tx) }
    }

    package func remove(_ id: Ban.ID, as principal: Principal) async throws {
        try await remove(as: principal) { tx in try Ban.delete(id, tx) }
    }

    /// - Parameter network: as the list shows it, or the same in another spelling.
    package func remove(network: String, as principal: Principal) async throws {
        guard let text = Network(network)?.text else {
            throw ChatError.invalid("network", "must be an address or a network like 203.0.113.0/24")
        }
        try await remove(as: principal) { tx in try Ban.delete(network: text, tx) }
    }

    private func remove(
        as principal: Principal, _ delete: @escaping @Sendable (borrowing Transaction) throws -> Ban?
    ) async throws {
        try principal.requireAdmin()
        try await database.write { [audit, now] tx in
            try Proof.require(principal, at: now(), tx)
            guard let ban = try delete(tx) else { throw ChatError.notFound("ban") }
            try audit.record(.networkUnbanned, by: principal, target: "network:\(ban.network)", tx)
            tx.announce(.bansChanged)
        }
        try await list.load(from: database, now())
    }

    /// Those that are over do nothing any more; this frees their rows.
    func forgetExpired() async throws {
        try await database.write { [now] tx in try Ban.deleteExpired(at: now(), tx) }
    }
}
