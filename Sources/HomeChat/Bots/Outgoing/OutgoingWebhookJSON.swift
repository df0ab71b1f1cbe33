/// An outgoing webhook on the wire.
struct OutgoingWebhookJSON: Encodable, Sendable {
    let webhook: OutgoingWebhook
    var secret: String?

    enum CodingKeys: String, CodingKey {
        case id, url, networks, events, active, waiting, failures
        case botID = "bot_id"
        case homeAssistant = "home_assistant"
        case nextAttemptAt = "next_attempt_at"
        case createdAt = "created_at"
        case signingSecret = "signing_secret"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(webhook.id, forKey: .id)
        try container.encode(webhook.bot, forKey: .botID)
        try webhook.url.encode(as: .url, in: &container)
        try container.encode(webhook.isHomeAssistant, forKey: .homeAssistant)
        try container.encode(webhook.networks, forKey: .networks)
        try container.encode(webhook.events.map(\.rawValue).sorted(), forKey: .events)
        try container.encode(webhook.isActive, forKey: .active)
        try container.encode(webhook.waiting, forKey: .waiting)
        try container.encode(webhook.failures, forKey: .failures)
        try webhook.nextAttempt.encode(as: .nextAttemptAt, in: &container)
        try container.encode(webhook.createdAt, forKey: .createdAt)
        // Only where it is new.
        try container.encodeIfPresent(secret, forKey: .signingSecret)
    }
}

extension OutgoingWebhookJSON: Undescribed {}

extension OutgoingWebhook {
    /// While something could not be delivered; the time of the last success is in the same column.
    var nextAttempt: Timestamp? { failures > 0 ? nextAttemptAt : nil }
}

/// A line of the delivery log: that something was sent, never what.
struct DeliveryJSON: Encodable, Sendable {
    let delivery: Delivery

    init(_ delivery: Delivery) {
        self.delivery = delivery
    }

    enum CodingKeys: String, CodingKey {
        case id, event, state, attempts, problem, milliseconds
        case webhookID = "webhook_id"
        case messageID = "message_id"
        case statusCode = "status_code"
        case createdAt = "created_at"
        case finishedAt = "finished_at"
        case canBeReplayed = "can_be_replayed"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(delivery.id, forKey: .id)
        try container.encode(delivery.webhook, forKey: .webhookID)
        try delivery.message.encode(as: .messageID, in: &container)
        try container.encode(delivery.event, forKey: .event)
        try container.encode(delivery.state.rawValue, forKey: .state)
        try container.encode(delivery.attempts, forKey: .attempts)
        try delivery.statusCode.encode(as: .statusCode, in: &container)
        try delivery.problem.encode(as: .problem, in: &container)
        try delivery.milliseconds.encode(as: .milliseconds, in: &container)
        try container.encode(delivery.createdAt, forKey: .createdAt)
        try delivery.finishedAt.encode(as: .finishedAt, in: &container)
        try container.encode(delivery.canBeReplayed && delivery.state != .waiting, forKey: .canBeReplayed)
    }
}

/// What a ping came to.
struct TryOutJSON: Encodable, Sendable {
    let success: Bool
    let delivered: Bool
    let statusCode: Int?
    let problem: String?
    let milliseconds: Int64

    init(_ outcome: OutgoingWebhooks.TryOut) {
        success = outcome.isDelivered
        delivered = outcome.isDelivered
        statusCode = outcome.statusCode
        problem = outcome.problem
        milliseconds = outcome.milliseconds
    }

    enum CodingKeys: String, CodingKey {
        case success, delivered, problem, milliseconds
        case statusCode = "status_code"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(success, forKey: .success)
        try container.encode(delivered, forKey: .delivered)
        try statusCode.encode(as: .statusCode, in: &container)
        try problem.encode(as: .problem, in: &container)
        try container.encode(milliseconds, forKey: .milliseconds)
    }
}
