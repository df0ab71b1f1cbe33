import Storage

extension Delivery: RowDecodable {
    private static let columns: SQL = """
        id, webhook_id, message_id, event, state, attempts, status_code, problem, took_milliseconds, created_at,
        finished_at, payload <> '' AS has_payload
        """

    package init(row: Row) throws {
        id = try row["id"]
        webhook = try row["webhook_id"]
        message = try row["message_id"]
        event = try row["event"]
        state = try State(rawValue: row["state"]) ?? .dead
        attempts = try row["attempts"]
        statusCode = try row["status_code"]
        problem = try row["problem"]
        milliseconds = try row["took_milliseconds"]
        createdAt = try row["created_at"]
        finishedAt = try row["finished_at"]
        canBeReplayed = try row["has_payload"]
    }
}

extension Delivery {
    static func insert(
        _ payload: String, _ event: OutgoingEvent, _ message: Message.ID?, for webhook: OutgoingWebhook.ID,
        at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO deliveries (webhook_id, message_id, event, payload, created_at)
            VALUES (\(webhook), \(message), \(event.rawValue), \(payload), \(now))
            """)
    }

    /// Newest first.
    /// - Parameter webhook: nil: of all of the bot's.
    static func newest(
        of bot: Bot.ID, webhook: OutgoingWebhook.ID?, before: ID?, limit: Int, _ tx: borrowing Transaction
    ) throws -> [Delivery] {
        let webhooks: SQL =
            webhook.map { "webhook_id = \($0) AND" } ?? ""
        return try tx.fetchAll(
            """
            SELECT \(columns) FROM deliveries
            WHERE \(webhooks) webhook_id IN (SELECT outgoing_webhooks.id FROM outgoing_webhooks WHERE bot_id = \(bot))
                AND id < \(before?.value ?? .max)
            ORDER BY id DESC LIMIT \(limit)
            """)
    }

    static func find(_ id: ID, of bot: Bot.ID, _ tx: borrowing Transaction) throws -> Delivery? {
        try tx.fetchOne(
            """
            SELECT \(columns) FROM deliveries
            WHERE id = \(id) AND webhook_id IN (SELECT outgoing_webhooks.id FROM outgoing_webhooks WHERE bot_id = \(bot))
            """)
    }

    /// The same once more, as something new: with an id of its own, behind what waits.
    static func replay(_ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws -> ID {
        let copy: Int64 = try tx.fetchRequired(
            """
            INSERT INTO deliveries (webhook_id, message_id, event, payload, created_at)
            SELECT webhook_id, message_id, event, payload, \(now) FROM deliveries WHERE id = \(id)
            RETURNING id
            """)
        return ID(copy)
    }

    /// What waits about these messages is not told any more, and what was told is not kept.
    static func forget(_ messages: [Message.ID], _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM deliveries WHERE message_id IN (\(list: messages)) AND state = 'waiting'")
        try tx.execute("UPDATE deliveries SET payload = '' WHERE message_id IN (\(list: messages))")
    }

    /// The same for all messages of a channel that is about to go.
    static func forget(channel: Channel.ID, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            DELETE FROM deliveries
            WHERE message_id IN (SELECT messages.id FROM messages WHERE messages.channel_id = \(channel))
            """)
    }

    static func areAny(_ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne("SELECT id FROM deliveries LIMIT 1")
        return found != nil
    }

    /// What nobody will look up any more.
    static func prune(at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            DELETE FROM deliveries
            WHERE (state = 'delivered' AND finished_at < \(now - deliveredAge))
                OR (state = 'dead' AND finished_at < \(now - deadAge))
            """)
        let webhooks: [Int64] = try tx.fetchAll("SELECT id FROM outgoing_webhooks ORDER BY id")
        for webhook in webhooks { try prune(.init(webhook), at: now, tx) }
    }

    private static func prune(
        _ webhook: OutgoingWebhook.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            DELETE FROM deliveries
            WHERE webhook_id = \(webhook) AND state <> 'waiting' AND id <= COALESCE(
                (SELECT id FROM deliveries WHERE webhook_id = \(webhook) AND state <> 'waiting'
                    ORDER BY id DESC LIMIT 1 OFFSET \(mostFinished)), 0)
            """)
        try tx.execute(
            """
            UPDATE deliveries SET state = 'dead', problem = 'too many were waiting', finished_at = \(now)
            WHERE webhook_id = \(webhook) AND state = 'waiting' AND id <= COALESCE(
                (SELECT id FROM deliveries WHERE webhook_id = \(webhook) AND state = 'waiting'
                    ORDER BY id DESC LIMIT 1 OFFSET \(mostWaiting)), 0)
            """)
    }
}

extension OutgoingNews.Listener: RowDecodable {
    init(row: Row) throws {
        webhook = try row["id"]
        bot = try row["bot_id"]
        user = try row["user_id"]
        webhookID = try row["webhook_id"]
        let url: String = try row["url"]
        isHomeAssistant = url.isEmpty
        events = OutgoingWebhook.events(try row["events"])
        place = DeliveryPayload.Place(channel: try row["channel_id"], name: try row["name"])
        isAddressed = try row["is_addressed"]
    }

    /// Every webhook whose bot may read the channel.
    /// - Parameter message: one that is being posted, for whom it addresses.
    static func all(
        in channel: Channel.ID, about message: Message.ID?, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> [Self] {
        try tx.fetchAll(
            """
            SELECT outgoing_webhooks.id, outgoing_webhooks.bot_id, outgoing_webhooks.url, outgoing_webhooks.events,
                bots.user_id, bots.webhook_id, channels.id AS channel_id, channels.name,
                (EXISTS (SELECT 1 FROM memberships
                        WHERE memberships.channel_id = channels.id AND memberships.user_id = bots.user_id)
                    OR EXISTS (SELECT 1 FROM message_mentions
                        WHERE message_mentions.message_id = \(message) AND message_mentions.user_id = bots.user_id))
                    AS is_addressed
            FROM outgoing_webhooks
            JOIN bots ON bots.id = outgoing_webhooks.bot_id
            JOIN users ON users.id = bots.user_id
            JOIN channels ON channels.id = \(channel)
            WHERE \(OutgoingWebhook.isTold(at: now)) AND \(ChannelAccess.isReadableByBot)
            ORDER BY outgoing_webhooks.id
            """)
    }
}

extension Delivery {
    static func giveUpOld(_ webhook: OutgoingWebhook.ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE deliveries
            SET state = 'dead', problem = COALESCE(problem, 'it waited for more than a day'), finished_at = \(now)
            WHERE webhook_id = \(webhook) AND state = 'waiting' AND created_at <= \(now - lifetime)
            """)
    }

    /// All that waits there.
    static func giveUp(
        _ webhook: OutgoingWebhook.ID, because problem: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE deliveries SET state = 'dead', problem = \(problem), finished_at = \(now)
            WHERE webhook_id = \(webhook) AND state = 'waiting'
            """)
    }
}
