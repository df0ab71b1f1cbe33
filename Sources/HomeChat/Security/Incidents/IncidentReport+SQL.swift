import Storage

extension IncidentReport {
    static func make(since moment: Timestamp, at now: Timestamp, _ tx: borrowing Transaction) throws -> IncidentReport {
        IncidentReport(
            site: try SiteSettings.load(tx).siteName, version: Version.current, since: moment, until: now,
            state: try EmergencyState.load(at: now, tx),
            failures: try FailedSignIns.since(moment, tx), actions: try ActionCount.since(moment, tx),
            accounts: try AffectedAccount.since(moment, tx), tokens: try AffectedToken.since(moment, tx),
            addresses: try SeenAddress.since(moment, tx), timeline: try Moment.since(moment, tx),
            entries: try tx.fetchRequired("SELECT COUNT(*) FROM audit_logs WHERE created_at >= \(moment)"))
    }

    fileprivate static let failedSignIns = AuditAction.allCases.filter(\.isFailedSignIn).map(\.rawValue)

    /// How often somebody got in and how often not; one entry of a flood stands for many. In a query over `audit_logs` that groups.
    fileprivate static let sums: SQL = """
        COUNT(*) AS entries,
        CAST(SUM(CASE WHEN audit_logs.action = \(AuditAction.login.rawValue) THEN times ELSE 0 END) AS BIGINT)
            AS sign_ins,
        CAST(SUM(CASE WHEN audit_logs.action IN (\(list: failedSignIns)) THEN times ELSE 0 END) AS BIGINT)
            AS failures,
        MIN(audit_logs.created_at) AS first_seen, MAX(audit_logs.created_at) AS last_seen
        """
}

extension IncidentReport.FailedSignIns: RowDecodable {
    package init(row: Row) throws {
        count = try row["failures"]
        addresses = try row["addresses"]
    }

    static func since(_ moment: Timestamp, _ tx: borrowing Transaction) throws -> Self {
        try tx.fetchRequired(
            """
            SELECT CAST(COALESCE(SUM(times), 0) AS BIGINT) AS failures,
                COUNT(DISTINCT CASE WHEN ip_address <> '' THEN ip_address END) AS addresses
            FROM audit_logs
            WHERE created_at >= \(moment) AND action IN (\(list: IncidentReport.failedSignIns))
            """)
    }
}

extension IncidentReport.ActionCount: RowDecodable {
    package init(row: Row) throws {
        action = try row["action"]
        count = try row["entries"]
    }

    static func since(_ moment: Timestamp, _ tx: borrowing Transaction) throws -> [Self] {
        try tx.fetchAll(
            """
            SELECT action, CAST(SUM(times) AS BIGINT) AS entries FROM audit_logs WHERE created_at >= \(moment)
            GROUP BY action
            ORDER BY entries DESC, action
            LIMIT \(IncidentReport.longestTable)
            """)
    }
}

extension IncidentReport.AffectedAccount: RowDecodable {
    package init(row: Row) throws {
        username = try row["username"]
        role = try User.Role(row).rawValue
        entries = try row["entries"]
        signIns = try row["sign_ins"]
        failures = try row["failures"]
        firstSeen = try row["first_seen"]
        lastSeen = try row["last_seen"]
        lockedUntil = try row["locked_until"]
        mustChangePassword = try row["must_change_password"]
    }

    /// Whoever acted, was tried, or is what an entry is about.
    static func since(_ moment: Timestamp, _ tx: borrowing Transaction) throws -> [Self] {
        try tx.fetchAll(
            """
            SELECT users.username, users.role, users.restriction, users.locked_until, users.must_change_password,
                \(IncidentReport.sums)
            FROM audit_logs JOIN users
                ON users.id = audit_logs.user_id OR audit_logs.target = 'user:' || CAST(users.id AS TEXT)
            WHERE audit_logs.created_at >= \(moment)
            GROUP BY users.id, users.username, users.role, users.restriction, users.locked_until,
                users.must_change_password, users.name_key
            ORDER BY failures DESC, entries DESC, users.name_key
            LIMIT \(IncidentReport.longestTable)
            """)
    }
}

extension IncidentReport.AffectedToken: RowDecodable {
    package init(row: Row) throws {
        id = try row["id"]
        name = try row["name"]
        owner = try row["username"]
        scopes = try row["scopes"]
        createdAt = try row["created_at"]
        lastUsedAt = try row["last_used_at"]
        lastAddress = try row["last_address"]
        revokedAt = try row["revoked_at"]
    }

    static func since(_ moment: Timestamp, _ tx: borrowing Transaction) throws -> [Self] {
        try tx.fetchAll(
            """
            SELECT api_tokens.id, api_tokens.name, users.username, api_tokens.scopes, api_tokens.created_at,
                api_tokens.last_used_at, api_tokens.last_address, api_tokens.revoked_at
            FROM api_tokens JOIN users ON users.id = api_tokens.user_id
            WHERE api_tokens.created_at >= \(moment) OR api_tokens.revoked_at >= \(moment)
                OR api_tokens.rotated_at >= \(moment)
                OR EXISTS (SELECT 1 FROM audit_logs WHERE audit_logs.created_at >= \(moment)
                    AND audit_logs.target = 'token:' || CAST(api_tokens.id AS TEXT))
            ORDER BY api_tokens.id DESC
            LIMIT \(IncidentReport.longestTable)
            """)
    }
}

extension IncidentReport.SeenAddress: RowDecodable {
    package init(row: Row) throws {
        address = try row["ip_address"]
        entries = try row["entries"]
        signIns = try row["sign_ins"]
        failures = try row["failures"]
        firstSeen = try row["first_seen"]
        lastSeen = try row["last_seen"]
    }

    static func since(_ moment: Timestamp, _ tx: borrowing Transaction) throws -> [Self] {
        try tx.fetchAll(
            """
            SELECT ip_address, \(IncidentReport.sums)
            FROM audit_logs
            WHERE created_at >= \(moment) AND ip_address <> ''
            GROUP BY ip_address
            ORDER BY failures DESC, entries DESC, ip_address
            LIMIT \(IncidentReport.longestTable)
            """)
    }
}

extension IncidentReport.Moment: RowDecodable {
    package init(row: Row) throws {
        id = try row["id"]
        at = try row["created_at"]
        action = try row["action"]
        actor = try row["actor"]
        address = try row["ip_address"]
        target = try row["target"]
        details = try row["details"]
    }

    /// The newest, oldest first. Requests of tokens are counted above and would hide the rest.
    static func since(_ moment: Timestamp, _ tx: borrowing Transaction) throws -> [Self] {
        let newest: [Self] = try tx.fetchAll(
            """
            SELECT id, created_at, action, actor, ip_address, target, details FROM audit_logs
            WHERE created_at >= \(moment) AND action <> 'api_request'
            ORDER BY id DESC
            LIMIT \(IncidentReport.longestTimeline)
            """)
        return newest.reversed()
    }
}
