import Storage

/// What is done once a day for the whole installation, by whichever node comes first.
enum Chore: String, Sendable {
    case auditPruning = "audit_pruning"
    case strayFiles = "stray_files"

    private static let period = Duration.days(1)

    func isDue(at now: Timestamp, _ tx: borrowing Transaction) throws -> Bool {
        let done: Int64? = try tx.fetchOne("SELECT done_at FROM housekeeping WHERE task = \(rawValue)")
        guard let done else { return true }
        // One that is done tomorrow was noted by a clock that was wrong.
        return done <= (now - Self.period).milliseconds || done > now.milliseconds
    }

    /// - Returns: false where another node has it already.
    func claim(at now: Timestamp, _ tx: borrowing Transaction) throws -> Bool {
        guard try isDue(at: now, tx) else { return false }
        try tx.execute(
            """
            INSERT INTO housekeeping (task, done_at) VALUES (\(rawValue), \(now))
            ON CONFLICT (task) DO UPDATE SET done_at = excluded.done_at
            """)
        return true
    }
}
