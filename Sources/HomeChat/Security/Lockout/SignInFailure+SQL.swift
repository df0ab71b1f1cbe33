import Storage

/// Wrong guesses in a row: one row for each account and network or device, one for an account as a whole, one for a network.
struct SignInCounter: RowDecodable, Sendable {
    let subject: String
    let failures: Int64
    let lockedUntil: Timestamp?

    init(row: Row) throws {
        subject = try row["subject"]
        failures = try row["failures"]
        lockedUntil = try row["locked_until"]
    }

    /// When it ends, if it holds.
    func lock(at now: Timestamp) -> Timestamp? {
        lockedUntil.flatMap { $0 > now ? $0 : nil }
    }

    static func find(_ subjects: [String], _ tx: borrowing Transaction) throws -> [SignInCounter] {
        try tx.fetchAll(
            "SELECT subject, failures, locked_until FROM sign_in_counters WHERE subject IN (\(list: subjects))")
    }

    /// - Returns: how many there are now.
    static func add(
        _ subject: String, account: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Int64 {
        try tx.fetchRequired(
            """
            INSERT INTO sign_in_counters (subject, account_key, failures, last_failed_at)
            VALUES (\(subject), \(account), 1, \(now))
            ON CONFLICT (subject) DO UPDATE
            SET failures = sign_in_counters.failures + 1, last_failed_at = excluded.last_failed_at
            RETURNING failures
            """)
    }

    static func lock(
        _ subject: String, account: String, until end: Timestamp, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO sign_in_counters (subject, account_key, failures, last_failed_at, locked_until)
            VALUES (\(subject), \(account), 0, \(now), \(end))
            ON CONFLICT (subject) DO UPDATE SET locked_until = excluded.locked_until
            """)
    }

    /// Leaves a lock that holds as it is, so that going on guessing does not make it last for ever.
    static func lockAnew(
        _ subject: String, account: String, until end: Timestamp, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        guard try find([subject], tx).first?.lock(at: now) == nil else { return false }
        try lock(subject, account: account, until: end, at: now, tx)
        return true
    }

    static func takeBack(_ subject: String, lock: Timestamp?, _ tx: borrowing Transaction) throws {
        try tx.execute(
            "UPDATE sign_in_counters SET failures = failures - 1, locked_until = \(lock) WHERE subject = \(subject)")
    }

    static func lockedUntil(account: String, at now: Timestamp, _ tx: borrowing Transaction) throws -> Timestamp? {
        try tx.fetchOne(
            """
            SELECT locked_until FROM sign_in_counters
            WHERE account_key = \(account) AND locked_until > \(now)
            ORDER BY locked_until DESC
            LIMIT 1
            """)
    }

    static func remove(_ subject: String, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_counters WHERE subject = \(subject)")
    }

    static func removeAll(of account: String, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_counters WHERE account_key = \(account)")
    }

    static func removeAll(before moment: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_counters WHERE last_failed_at < \(moment)")
    }
}

/// Each wrong guess of the last day, to count them over all networks or all accounts.
enum SignInFailure {
    static func insert(
        account: String, network: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Int64 {
        try tx.fetchRequired(
            """
            INSERT INTO sign_in_failures (account_key, network, failed_at)
            VALUES (\(account), \(network), \(now))
            RETURNING id
            """)
    }

    static func count(
        account: String, since moment: Timestamp, upTo limit: Int, _ tx: borrowing Transaction
    ) throws -> Int {
        try tx.fetchRequired(
            """
            SELECT COUNT(*) FROM (
                SELECT 1 FROM sign_in_failures WHERE account_key = \(account) AND failed_at > \(moment) LIMIT \(limit)
            ) AS recent
            """)
    }

    static func count(
        network: String, since moment: Timestamp, upTo limit: Int, _ tx: borrowing Transaction
    ) throws -> Int {
        try tx.fetchRequired(
            """
            SELECT COUNT(*) FROM (
                SELECT 1 FROM sign_in_failures WHERE network = \(network) AND failed_at > \(moment) LIMIT \(limit)
            ) AS recent
            """)
    }

    static func remove(_ id: Int64, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_failures WHERE id = \(id)")
    }

    static func remove(account: String, network: String, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_failures WHERE account_key = \(account) AND network = \(network)")
    }

    static func removeAll(of account: String, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_failures WHERE account_key = \(account)")
    }

    static func removeAll(before moment: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_failures WHERE failed_at < \(moment)")
    }
}

extension Timestamp: RowDecodable {}
