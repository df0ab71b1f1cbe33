import Storage

/// Keeps strangers from filling the disk: of each kind of event that they can cause, so many are written down one by one in
/// an hour; the rest is counted, and told in one entry a minute.
struct AuditFlood: RowDecodable, Sendable {
    /// Who guesses from one network is refused long before; this is for those who have a thousand of them.
    static let maximumPerHour: Int64 = 1000

    let action: String
    /// What was counted and not told yet.
    let held: Int64
    let heldSince: Timestamp

    init(row: Row) throws {
        action = try row["action"]
        held = try row["held"]
        heldSince = try row["held_since"]
    }

    /// Counts an event, in the database, so that nodes share the measure and a kill loses nothing.
    /// - Returns: whether it is one too many.
    static func holds(
        _ action: AuditAction, _ times: Int64, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        let hour = now.milliseconds / Duration.hours(1).milliseconds
        let seen: Int64 = try tx.fetchRequired(
            """
            INSERT INTO audit_floods (action, hour, seen, held, held_since)
            VALUES (\(action.rawValue), \(hour), 1, 0, \(now))
            ON CONFLICT (action) DO UPDATE
            SET hour = excluded.hour,
                seen = CASE WHEN audit_floods.hour = excluded.hour THEN audit_floods.seen + 1 ELSE 1 END,
                held = CASE WHEN audit_floods.hour = excluded.hour AND audit_floods.seen >= \(maximumPerHour)
                    THEN audit_floods.held + \(times) ELSE audit_floods.held END,
                held_since = CASE WHEN audit_floods.held = 0 THEN excluded.held_since ELSE audit_floods.held_since END
            RETURNING seen
            """)
        return seen > maximumPerHour
    }

    static func isHolding(_ tx: borrowing Transaction) throws -> Bool {
        let held: Int64? = try tx.fetchOne("SELECT held FROM audit_floods WHERE held > 0 LIMIT 1")
        return held != nil
    }

    /// What is to be told now; it counts from nought again.
    static func take(_ tx: borrowing Transaction) throws -> [AuditFlood] {
        let floods: [AuditFlood] = try tx.fetchAll(
            "SELECT action, held, held_since FROM audit_floods WHERE held > 0 ORDER BY action LIMIT 100")
        if !floods.isEmpty { try tx.execute("UPDATE audit_floods SET held = 0 WHERE held > 0") }
        return floods
    }
}
