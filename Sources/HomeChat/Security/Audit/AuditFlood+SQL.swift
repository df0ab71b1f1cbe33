import Storage

/// Keeps strangers from filling the disk: of each kind of event that they can cause, so many are written down one by one in
/// an hour; the rest is counted, and told in one entry a minute. Who is known has a measure of their own, so that nobody's
/// flood hides what others do.
struct AuditFlood: RowDecodable, Sendable {
    /// Who guesses from one network is refused long before; this is for those who have a thousand of them.
    static let strangersPerHour: Int64 = 1000
    static let personPerHour: Int64 = 200
    private static let toldAtOnce = 500

    let action: String
    /// nil: strangers.
    let user: User.ID?
    /// What was counted and not told yet.
    let held: Int64
    let heldSince: Timestamp

    init(row: Row) throws {
        action = try row["action"]
        let id: Int64 = try row["user_id"]
        user = id == 0 ? nil : User.ID(id)
        held = try row["held"]
        heldSince = try row["held_since"]
    }

    /// Counts an event, in the database, so that nodes share the measure and a kill loses nothing.
    /// - Parameter user: whoever did it, if that is sure; nil for strangers.
    /// - Returns: whether it is one too many.
    static func holds(
        _ action: AuditAction, of user: User.ID?, _ times: Int64, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        let hour = now.milliseconds / Duration.hours(1).milliseconds
        let most = user == nil ? strangersPerHour : personPerHour
        let seen: Int64 = try tx.fetchRequired(
            """
            INSERT INTO audit_floods (action, user_id, hour, seen, held, held_since)
            VALUES (\(action.rawValue), \(user?.value ?? 0), \(hour), 1, 0, \(now))
            ON CONFLICT (action, user_id) DO UPDATE
            SET hour = excluded.hour,
                seen = CASE WHEN audit_floods.hour = excluded.hour THEN audit_floods.seen + 1 ELSE 1 END,
                held = CASE WHEN audit_floods.hour = excluded.hour AND audit_floods.seen >= \(most)
                    THEN audit_floods.held + \(times) ELSE audit_floods.held END,
                held_since = CASE WHEN audit_floods.held = 0 THEN excluded.held_since ELSE audit_floods.held_since END
            RETURNING seen
            """)
        return seen > most
    }

    static func isHolding(_ tx: borrowing Transaction) throws -> Bool {
        let held: Int64? = try tx.fetchOne("SELECT held FROM audit_floods WHERE held > 0 LIMIT 1")
        return held != nil
    }

    /// What is to be told now; it counts from nought again. What is too much for once comes with the next minute.
    static func take(_ tx: borrowing Transaction) throws -> [AuditFlood] {
        let floods: [AuditFlood] = try tx.fetchAll(
            """
            SELECT action, user_id, held, held_since FROM audit_floods
            WHERE held > 0
            ORDER BY held_since, action, user_id
            LIMIT \(toldAtOnce)
            """)
        for flood in floods {
            try tx.execute(
                """
                UPDATE audit_floods SET held = 0
                WHERE action = \(flood.action) AND user_id = \(flood.user?.value ?? 0)
                """)
        }
        return floods
    }
}
