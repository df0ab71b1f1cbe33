import Storage

extension AuditFilter {
    /// How many addresses of the log a network may hold to be asked for.
    static let maximumAddresses = 10_000

    /// Everything but the actions, to be put behind a condition.
    private func conditions(_ tx: borrowing Transaction) throws -> SQL {
        var all: SQL = ""
        if let actor { all = all + " AND actor = \(actor)" }
        if let user { all = all + " AND user_id = \(try Self.id(of: user, tx))" }
        switch address {
        case .one(let ip): all = all + " AND ip_address = \(ip)"
        case .network(let network):
            all = all + " AND ip_address IN (\(list: try AuditEntry.addresses(in: network, tx)))"
        case nil: break
        }
        if let since {
            // Ids rise with time, so the search by id need not go back further than this.
            all =
                all
                    + """
                     AND created_at >= \(since)
                        AND id >= COALESCE((SELECT MIN(id) FROM audit_logs WHERE created_at >= \(since)), 0)
                    """
        }
        if let until { all = all + " AND created_at < \(until)" }
        if let target {
            all =
                target.hasSuffix(":")
                ? all
                    + " AND \(AuditEntry.target) >= \(target) AND \(AuditEntry.target) < \(String(target.dropLast()) + ";")"
                : all + " AND \(AuditEntry.target) = \(target)"
        }
        if let requestID { all = all + " AND request_id = \(requestID) AND request_id <> ''" }
        return all
    }

    /// For what begins to answer before it reads.
    func requireKnownUser(_ tx: borrowing Transaction) throws {
        if let user { _ = try Self.id(of: user, tx) }
    }

    private static func id(of user: String, _ tx: borrowing Transaction) throws -> User.ID {
        if let found = try User.find(named: user, tx) { return found.id }
        guard let id = User.ID(user) else { throw ChatError.invalid("user", "is not known here") }
        return id
    }

    /// The newest first, or with `after` the oldest behind an id.
    func page(
        before: Int64? = nil, after: Int64? = nil, limit: Int, _ tx: borrowing Transaction
    ) throws -> [AuditEntry] {
        let others = try conditions(tx)
        let range: SQL = after.map { " AND id > \($0)" } ?? before.map { " AND id < \($0)" } ?? ""
        let order: SQL = after == nil ? "ORDER BY id DESC" : "ORDER BY id"
        func page(_ action: SQL) throws -> [AuditEntry] {
            try tx.fetchAll(
                """
                SELECT \(AuditEntry.columns) FROM audit_logs
                WHERE \(action)\(range)\(others)
                \(order)
                LIMIT \(limit)
                """)
        }
        guard !actions.isEmpty else { return try page("id > 0") }
        // One by one, each by its index: together they would have to be sorted.
        let entries = try Set(actions).flatMap { try page("action = \($0.rawValue)") }
        return Array(entries.sorted { after == nil ? $0.id > $1.id : $0.id < $1.id }.prefix(limit))
    }

    /// What stands behind how many entries, the most frequent first.
    func count(by grouping: AuditGrouping, limit: Int, _ tx: borrowing Transaction) throws -> [AuditCount] {
        let chosen: SQL = actions.isEmpty ? "id > 0" : "action IN (\(list: actions.map(\.rawValue)))"
        return try tx.fetchAll(
            """
            SELECT \(grouping.column) AS value, COUNT(*) AS entries, CAST(SUM(times) AS BIGINT) AS times,
                MAX(created_at) AS last_at
            FROM audit_logs
            WHERE \(chosen)\(grouping.condition)\(try conditions(tx))
            GROUP BY \(grouping.column)
            ORDER BY times DESC, value
            LIMIT \(limit)
            """)
    }
}

/// What entries are counted by.
package enum AuditGrouping: String, Sendable, CaseIterable {
    case action, actor, ip, user, token

    fileprivate var column: SQL {
        switch self {
        case .action: "action"
        case .actor: "actor"
        case .ip: "ip_address"
        case .user: "CAST(user_id AS TEXT)"
        case .token: AuditEntry.target
        }
    }

    fileprivate var condition: SQL {
        switch self {
        case .action, .actor, .ip: ""
        case .user: " AND user_id IS NOT NULL"
        case .token: " AND \(AuditEntry.target) >= 'token:' AND \(AuditEntry.target) < 'token;'"
        }
    }
}

/// One line of a count.
package struct AuditCount: RowDecodable, Sendable {
    package let value: String
    package let entries: Int64
    /// What happened, where one entry stands for many.
    package let times: Int64
    package let lastAt: Timestamp
    /// Today's name of what is counted by its id.
    package var name: String?

    package init(row: Row) throws {
        value = try row["value"]
        entries = try row["entries"]
        times = try row["times"]
        lastAt = try row["last_at"]
    }

    func named(by grouping: AuditGrouping, _ tx: borrowing Transaction) throws -> AuditCount {
        var count = self
        switch grouping {
        case .user: count.name = try User.ID(value).flatMap { try User.find($0, tx)?.username }
        case .token:
            let id: APIToken.ID? = value.id(after: "token:")
            count.name = try id.flatMap { try APIToken.find($0, tx)?.name }
        case .action, .actor, .ip: break
        }
        return count
    }
}

extension AuditEntry {
    /// In the order of its bytes, as its index has it: then what begins alike stands together.
    fileprivate static let target: SQL = "\(sqlite: "target", postgres: "target COLLATE \"C\"")"

    /// The addresses of the log that are in a network; from one to the next by the index, however many entries each has.
    fileprivate static func addresses(in network: Network, _ tx: borrowing Transaction) throws -> [String] {
        let all: [String] = try tx.fetchAll(
            """
            WITH RECURSIVE addresses (ip) AS (
                SELECT MIN(ip_address) FROM audit_logs
                UNION ALL
                SELECT (SELECT MIN(ip_address) FROM audit_logs WHERE ip_address > addresses.ip)
                FROM addresses WHERE addresses.ip IS NOT NULL
            )
            SELECT ip FROM addresses WHERE ip IS NOT NULL LIMIT 1000000
            """)
        let found = all.filter { network.contains($0) }
        guard found.count <= AuditFilter.maximumAddresses else {
            throw ChatError.invalid(
                "ip", "has more than \(AuditFilter.maximumAddresses) addresses in the log, take a smaller network")
        }
        return found
    }
}
