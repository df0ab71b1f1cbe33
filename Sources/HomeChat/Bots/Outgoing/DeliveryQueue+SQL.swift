import Storage

/// What is to be sent next, and all that sending needs.
struct Parcel: Sendable {
    let delivery: Delivery.ID
    let webhook: OutgoingWebhook.ID
    let event: String
    let payload: String
    let attempts: Int64
    let createdAt: Timestamp
    let target: DeliveryTarget
}

/// Where, and signed with what.
struct DeliveryTarget: Sendable {
    /// nil: Home Assistant's.
    let url: String?
    let networks: [Network]
    let webhookID: String?
    let secret: WebhookSecret?
}

extension Parcel: Undescribed {}
extension DeliveryTarget: Undescribed {}

/// The deliveries that wait, as one queue for each webhook. A webhook is leased by one node at a time, so that its order is
/// kept and nothing is sent by two; the lease of a node that died ends by itself.
struct DeliveryQueue: Sendable {
    /// Longer than any try takes.
    static let lease = Duration.seconds(30)
    /// Two nodes' clocks, and the time at which each looked at its own, may differ; more than this is a clock that was wrong.
    static let difference = Duration.minutes(5)

    /// At once, of those that one person's bots have.
    static let mostOfOwner = 6

    /// Of this process.
    let node: String
    let sealer: Sealer

    /// Those whose turn it is, longest ago first.
    func claim(atMost count: Int, at now: Timestamp, _ tx: borrowing Transaction) throws -> [OutgoingWebhook.ID] {
        guard count > 0 else { return [] }
        let due = try Self.shared(waiting(at: now, tx), at: now).prefix(count).map(\.id)
        guard !due.isEmpty else { return [] }
        try tx.execute(
            """
            UPDATE outgoing_webhooks SET leased_by = \(node), leased_until = \(now + Self.lease)
            WHERE id IN (\(list: due))
            """)
        return due
    }

    /// Those whose turn it is, of each owner so many: nobody's slow webhooks hold up those of others.
    private static func shared(_ waiting: [Waiting], at now: Timestamp) -> [Waiting] {
        var busy: [User.ID?: Int] = [:]
        for one in waiting where one.isLeased(at: now) { busy[one.owner, default: 0] += 1 }
        return waiting.filter { one in
            guard one.time(at: now) <= now, busy[one.owner, default: 0] < mostOfOwner else { return false }
            busy[one.owner, default: 0] += 1
            return true
        }
    }

    /// When there is something to do again; nil: not before something happens.
    func nextTime(at now: Timestamp, _ tx: borrowing Transaction) throws -> Timestamp? {
        try waiting(at: now, tx).map { $0.time(at: now) }.min()
    }

    /// Those that have something to be told, longest ago first.
    private func waiting(at now: Timestamp, _ tx: borrowing Transaction) throws -> [Waiting] {
        guard try EmergencyRow.lockdown.find(tx) == nil else { return [] }
        return try tx.fetchAll(
            """
            SELECT outgoing_webhooks.id, outgoing_webhooks.leased_until, outgoing_webhooks.next_attempt_at,
                bots.owner_id
            FROM outgoing_webhooks
            JOIN bots ON bots.id = outgoing_webhooks.bot_id
            JOIN users ON users.id = bots.user_id
            WHERE \(OutgoingWebhook.isTold(at: now))
                AND EXISTS (SELECT 1 FROM deliveries
                    WHERE deliveries.webhook_id = outgoing_webhooks.id AND deliveries.state = 'waiting')
            ORDER BY COALESCE(outgoing_webhooks.next_attempt_at, 0), outgoing_webhooks.id
            """)
    }

    private struct Waiting: RowDecodable {
        let id: OutgoingWebhook.ID
        let leasedUntil: Timestamp?
        let nextAttemptAt: Timestamp?
        let owner: User.ID?

        init(row: Row) throws {
            id = try row["id"]
            owner = try row["owner_id"]
            leasedUntil = try row["leased_until"]
            nextAttemptAt = try row["next_attempt_at"]
        }

        /// By a clock that was right.
        func isLeased(at now: Timestamp) -> Bool {
            leasedUntil.map { $0 > now && $0 <= now + DeliveryQueue.lease + DeliveryQueue.difference } ?? false
        }

        /// When it is its turn. What is later than it can be was written by a clock that was wrong.
        func time(at now: Timestamp) -> Timestamp {
            if let leasedUntil, leasedUntil <= now + DeliveryQueue.lease + DeliveryQueue.difference {
                return leasedUntil
            }
            let latest = now + RetryPlan.longest + DeliveryQueue.difference
            return nextAttemptAt.map { $0 <= latest ? $0 : now } ?? now
        }
    }

    /// The oldest that waits there, with the lease begun anew; nil ends the turn and gives the lease back.
    func next(of webhook: OutgoingWebhook.ID, at now: Timestamp, _ tx: borrowing Transaction) throws -> Parcel? {
        guard try isHeld(webhook, at: now, tx) else { return nil }
        var row = try head(of: webhook, at: now, tx)
        if let oldest = row, oldest.createdAt <= now - Delivery.lifetime {
            try Delivery.giveUpOld(webhook, at: now, tx)
            row = try head(of: webhook, at: now, tx)
        }
        guard let row, try EmergencyRow.lockdown.find(tx) == nil else {
            try release(webhook, tx)
            return nil
        }
        try tx.execute("UPDATE outgoing_webhooks SET leased_until = \(now + Self.lease) WHERE id = \(webhook)")
        return try parcel(row, webhook)
    }

    /// Writes down what a try came to.
    /// - Returns: whether it is the next one's turn.
    func settle(
        _ parcel: Parcel, _ attempt: DeliveryAttempt, _ plan: RetryPlan, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws -> Bool {
        let age = Duration.milliseconds(max(now.milliseconds - parcel.createdAt.milliseconds, 0))
        switch attempt.outcome {
        case .failed where plan.isLast(attempt, number: parcel.attempts + 1, age: age):
            try finish(parcel, attempt, .dead, at: now, tx)
        case .failed(let asked):
            try note(parcel, attempt, tx)
            let failures: Int64 =
                try tx.fetchOne("SELECT failures FROM outgoing_webhooks WHERE id = \(parcel.webhook)") ?? 0
            let wait = plan.wait(afterFailures: failures + 1, age: age, asked: asked)
            try tx.execute(
                """
                UPDATE outgoing_webhooks SET failures = \(failures + 1), next_attempt_at = \(now + wait)
                WHERE id = \(parcel.webhook)
                """)
            try release(parcel.webhook, tx)
            return false
        case .delivered:
            try finish(parcel, attempt, .delivered, at: now, tx)
        case .refused:
            try finish(parcel, attempt, .dead, at: now, tx)
        case .gone:
            try finish(parcel, attempt, .dead, at: now, tx)
            try OutgoingWebhook.turnOff(parcel.webhook, tx)
            try Delivery.giveUp(parcel.webhook, because: "the other side ended this webhook", at: now, tx)
        }
        try tx.execute(
            "UPDATE outgoing_webhooks SET failures = 0, next_attempt_at = \(now) WHERE id = \(parcel.webhook)")
        return true
    }

    /// Also where another node has it meanwhile: that one's stays.
    func release(_ webhook: OutgoingWebhook.ID, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE outgoing_webhooks SET leased_by = NULL, leased_until = NULL
            WHERE id = \(webhook) AND leased_by = \(node)
            """)
    }

    /// What a process left behind that was killed, where there can be no other.
    static func releaseAll(_ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE outgoing_webhooks SET leased_by = NULL, leased_until = NULL")
    }

    static func target(
        of webhook: OutgoingWebhook, _ sealer: Sealer, _ tx: borrowing Transaction
    ) throws -> DeliveryTarget {
        DeliveryTarget(
            url: webhook.url, networks: webhook.networks.compactMap(Network.init),
            webhookID: try Bot.find(webhook.bot, tx)?.webhookID,
            secret: try WebhookSecret.find(of: webhook.bot, sealer, tx))
    }

    private func isHeld(
        _ webhook: OutgoingWebhook.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            """
            SELECT id FROM outgoing_webhooks
            WHERE id = \(webhook) AND leased_by = \(node) AND leased_until > \(now)
            """)
        return found != nil
    }

    private func head(
        of webhook: OutgoingWebhook.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Head? {
        try tx.fetchOne(
            """
            SELECT deliveries.id, deliveries.event, deliveries.payload, deliveries.attempts, deliveries.created_at,
                outgoing_webhooks.url, outgoing_webhooks.networks, bots.webhook_id, bots.secret
            FROM deliveries
            JOIN outgoing_webhooks ON outgoing_webhooks.id = deliveries.webhook_id
            JOIN bots ON bots.id = outgoing_webhooks.bot_id
            JOIN users ON users.id = bots.user_id
            WHERE deliveries.webhook_id = \(webhook) AND deliveries.state = 'waiting' AND \(OutgoingWebhook.isTold(at: now))
            ORDER BY deliveries.id LIMIT 1
            """)
    }

    private func parcel(_ head: Head, _ webhook: OutgoingWebhook.ID) throws -> Parcel {
        let secret = try head.secret.map {
            WebhookSecret(text: String(decoding: try sealer.open($0, for: .webhook), as: UTF8.self))
        }
        return Parcel(
            delivery: head.id, webhook: webhook, event: head.event, payload: head.payload, attempts: head.attempts,
            createdAt: head.createdAt,
            target: DeliveryTarget(
                url: head.url.isEmpty ? nil : head.url,
                networks: head.networks.split(separator: " ").compactMap { Network(String($0)) },
                webhookID: head.webhookID, secret: secret))
    }

    private func note(_ parcel: Parcel, _ attempt: DeliveryAttempt, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE deliveries
            SET attempts = attempts + 1, status_code = \(attempt.status), problem = \(attempt.problem),
                took_milliseconds = \(attempt.milliseconds)
            WHERE id = \(parcel.delivery) AND state = 'waiting'
            """)
    }

    private func finish(
        _ parcel: Parcel, _ attempt: DeliveryAttempt, _ state: Delivery.State, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws {
        try note(parcel, attempt, tx)
        try tx.execute(
            """
            UPDATE deliveries SET state = \(state.rawValue), finished_at = \(now)
            WHERE id = \(parcel.delivery) AND state = 'waiting'
            """)
    }

    private struct Head: RowDecodable {
        let id: Delivery.ID
        let event, payload: String
        let attempts: Int64
        let createdAt: Timestamp
        let url, networks: String
        let webhookID: String?
        let secret: [UInt8]?

        init(row: Row) throws {
            id = try row["id"]
            event = try row["event"]
            payload = try row["payload"]
            attempts = try row["attempts"]
            createdAt = try row["created_at"]
            url = try row["url"]
            networks = try row["networks"]
            webhookID = try row["webhook_id"]
            secret = try row["secret"]
        }
    }
}
