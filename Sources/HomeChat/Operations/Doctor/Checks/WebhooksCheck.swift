import Storage

/// How requests from outside prove themselves.
struct WebhooksCheck: Sendable {
    static let question = DoctorQuestion("webhooks", "Webhooks are signed, and refused ones are noted")

    let database: any Database
    let now: Timestamp

    func check() async throws -> DoctorCheck {
        let bots = try await database.read { tx in try Bot.all(of: nil, tx) }.filter { $0.webhookID != nil }
        let refused = try await database.read { [now] tx in try WebhookRefusals.count(since: now - .hours(24), tx) }
        return webhooks(bots, refused)
    }

    private func webhooks(_ bots: [Bot], _ refused: Int64) -> DoctorCheck {
        let question = Self.question
        guard !bots.isEmpty else { return question.pass("there are none, \(refused) requests refused in a day") }
        let counted = "\(bots.count) webhook\(bots.count == 1 ? "" : "s"), \(refused) requests refused in a day"
        let open = bots.filter { $0.isActive && $0.credential != .signature }
        guard open.isEmpty else {
            let names = open.map { "\($0.name) (\($0.credential.rawValue))" }.joined(separator: ", ")
            return question.warn(
                "\(counted); these take the secret itself instead of a signature: \(names)",
                fix: "let them sign where the sender can; what they send their secret over should be https")
        }
        return question.pass("\(counted), all signed")
    }
}

enum WebhookRefusals {
    static func count(since moment: Timestamp, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired(
            """
            SELECT CAST(COALESCE(SUM(times), 0) AS BIGINT) FROM audit_logs
            WHERE action = \(AuditAction.webhookRejected.rawValue) AND created_at > \(moment)
            """)
    }
}
