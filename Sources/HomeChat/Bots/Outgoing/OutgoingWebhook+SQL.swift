import Storage

extension OutgoingWebhook: RowDecodable {
    private static let columns: SQL = """
        outgoing_webhooks.id, outgoing_webhooks.bot_id, outgoing_webhooks.url, outgoing_webhooks.networks,
        outgoing_webhooks.events, outgoing_webhooks.active, outgoing_webhooks.failures, outgoing_webhooks.next_attempt_at,
        outgoing_webhooks.created_at,
        (SELECT COUNT(*) FROM deliveries
            WHERE deliveries.webhook_id = outgoing_webhooks.id AND deliveries.state = 'waiting') AS waiting
        """

    package init(row: Row) throws {
        id = try row["id"]
        bot = try row["bot_id"]
        let text: String = try row["url"]
        url = text.isEmpty ? nil : text
        let words: String = try row["networks"]
        networks = words.split(separator: " ").map(String.init)
        events = Self.events(try row["events"])
        isActive = try row["active"]
        failures = try row["failures"]
        nextAttemptAt = try row["next_attempt_at"]
        createdAt = try row["created_at"]
        waiting = try row["waiting"]
    }

    static func events(_ words: String) -> Set<OutgoingEvent> {
        Set(words.split(separator: " ").compactMap { OutgoingEvent(rawValue: String($0)) })
    }

    private static func words(_ events: Set<OutgoingEvent>) -> String {
        events.map(\.rawValue).sorted().joined(separator: " ")
    }
}

extension OutgoingWebhook {
    /// The condition, in a query that names `outgoing_webhooks`, and `bots` with their accounts as `users`, for one that hears of
    /// things now. One without an address is Home Assistant's.
    static func isTold(at now: Timestamp) -> SQL {
        """
        (outgoing_webhooks.active = TRUE AND \(Bot.isUsable(at: now))
            AND (outgoing_webhooks.url <> '' OR \(SiteSettings.tellsHomeAssistant)))
        """
    }

    static func find(_ id: ID, of bot: Bot.ID, _ tx: borrowing Transaction) throws -> OutgoingWebhook? {
        try tx.fetchOne("SELECT \(columns) FROM outgoing_webhooks WHERE id = \(id) AND bot_id = \(bot)")
    }

    static func all(of bot: Bot.ID, _ tx: borrowing Transaction) throws -> [OutgoingWebhook] {
        try tx.fetchAll("SELECT \(columns) FROM outgoing_webhooks WHERE bot_id = \(bot) ORDER BY id LIMIT 100")
    }

    static func count(of bot: Bot.ID, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired("SELECT COUNT(*) FROM outgoing_webhooks WHERE bot_id = \(bot)")
    }

    static func insert(
        _ new: NewOutgoingWebhook, for bot: Bot.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> ID {
        let id: Int64 = try tx.fetchRequired(
            """
            INSERT INTO outgoing_webhooks (bot_id, url, networks, events, created_at)
            VALUES (\(bot), \(new.url ?? ""), \(new.networks.joined(separator: " ")), \(words(new.events)), \(now))
            RETURNING id
            """)
        return ID(id)
    }

    /// Whoever set one up at Home Assistant is told there, once the settings say where that is.
    static func ensureHomeAssistant(of bot: Bot.ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        let known: Int64? = try tx.fetchOne(
            "SELECT id FROM outgoing_webhooks WHERE bot_id = \(bot) AND url = '' LIMIT 1")
        guard known == nil else { return }
        _ = try insert(try NewOutgoingWebhook(url: nil), for: bot, at: now, tx)
    }

    /// What was tried in vain so far does not count for a new address.
    static func update(_ id: ID, _ change: OutgoingWebhookChange, _ tx: borrowing Transaction) throws {
        let networks = change.networks?.joined(separator: " ")
        let events = change.events.map(words)
        try tx.execute(
            """
            UPDATE outgoing_webhooks
            SET url = COALESCE(\(change.url), url), networks = COALESCE(\(networks), networks),
                events = COALESCE(\(events), events), active = COALESCE(\(change.isActive), active),
                failures = 0, next_attempt_at = NULL
            WHERE id = \(id)
            """)
    }

    static func turnOff(_ id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE outgoing_webhooks SET active = FALSE WHERE id = \(id)")
    }

    static func delete(_ id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM outgoing_webhooks WHERE id = \(id)")
    }
}

extension Bot {
    /// For one that has no incoming webhook, and so no secret yet to sign with.
    static func setSigningSecret(_ sealed: [UInt8]?, hash: [UInt8]?, of id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE bots SET secret = \(sealed), secret_hash = \(hash) WHERE id = \(id)")
    }
}
