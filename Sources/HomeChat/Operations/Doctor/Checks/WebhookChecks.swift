import Storage

/// How requests from outside prove themselves, and how what they prove it with is kept.
struct WebhookChecks: Sendable {
    static let webhooksQuestion = DoctorQuestion("webhooks", "Webhooks are signed, and refused ones are noted")
    static let secretsQuestion = DoctorQuestion(
        "outside_secrets", "Secrets of webhooks and of AI services are sealed")
    static let questions = [webhooksQuestion, secretsQuestion]

    let database: any Database
    let sealer: Sealer
    let now: Timestamp

    func all() async throws -> [DoctorCheck] {
        let bots = try await database.read { tx in try Bot.all(of: nil, tx) }.filter { $0.webhookID != nil }
        let refused = try await database.read { [now] tx in try WebhookRefusals.count(since: now - .hours(24), tx) }
        let unsealed = try await database.read { [sealer] tx in
            try bots.filter { bot in
                guard let sealed = try Bot.sealedSecret(of: bot.id, tx) else { return false }
                return (try? sealer.open(sealed, for: .webhook)) == nil
            }
        }
        return [webhooks(bots, refused), secrets(bots, unsealed)]
    }

    private func webhooks(_ bots: [Bot], _ refused: Int64) -> DoctorCheck {
        let question = Self.webhooksQuestion
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

    private func secrets(_ bots: [Bot], _ unsealed: [Bot]) -> DoctorCheck {
        let question = Self.secretsQuestion
        guard unsealed.isEmpty else {
            return question.fail(
                "the master key does not open those of \(unsealed.map(\.name).joined(separator: ", "))",
                fix: "homechat bot renew-secret NAME")
        }
        return question.pass(bots.isEmpty ? "there are none" : "\(bots.count) of webhooks, sealed with the master key")
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
