import Hummingbird

/// `/api/v1/bots/:id/webhooks` and `/deliveries`.
struct OutgoingWebhooksAPI: Sendable {
    let webhooks: OutgoingWebhooks

    struct ListAnswer: Encodable {
        let webhooks: [OutgoingWebhookJSON]
    }

    struct WebhookAnswer: Encodable {
        let success = true
        let webhook: OutgoingWebhookJSON
    }

    struct DeliveriesAnswer: Encodable {
        let deliveries: [DeliveryJSON]
        let hasMore: Bool

        enum CodingKeys: String, CodingKey {
            case deliveries
            case hasMore = "has_more"
        }
    }

    struct DeliveryAnswer: Encodable {
        let success = true
        let delivery: DeliveryJSON
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let found = try await webhooks.list(of: try context.id(of: "bot"), as: try context.requirePrincipal())
        return try JSONBody.response(ListAnswer(webhooks: found.map { OutgoingWebhookJSON(webhook: $0) }))
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.require(.bots)
        let fields = try await RequestFields(of: request, context)
        let isHomeAssistant = try fields.boolean("home_assistant") ?? false
        let url = try fields.string("url")
        guard isHomeAssistant || url != nil else { throw ChatError.missing("url") }
        let new = try NewOutgoingWebhook(
            url: isHomeAssistant ? nil : url, networks: try fields.strings("networks"),
            events: try fields.strings("events"))
        let made = try await webhooks.create(new, for: try context.id(of: "bot"), as: principal)
        let json = OutgoingWebhookJSON(webhook: made.webhook, secret: made.secret?.text)
        return try JSONBody.response(WebhookAnswer(webhook: json), status: .created)
    }

    @Sendable func update(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.require(.bots)
        let fields = try await RequestFields(of: request, context)
        let change = try OutgoingWebhookChange(
            url: try fields.string("url"), networks: fields["networks"] == nil ? nil : try fields.strings("networks"),
            events: fields["events"] == nil ? nil : try fields.strings("events"), isActive: try fields.boolean("active")
        )
        let webhook = try await webhooks.update(
            try context.id("webhook_id", of: "webhook"), of: try context.id(of: "bot"), change, as: principal)
        return try JSONBody.response(WebhookAnswer(webhook: OutgoingWebhookJSON(webhook: webhook)))
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        try await webhooks.delete(
            try context.id("webhook_id", of: "webhook"), of: try context.id(of: "bot"),
            as: try context.requirePrincipal())
        return try JSONBody.response(Done("webhook deleted"))
    }

    @Sendable func test(_ request: Request, _ context: AppContext) async throws -> Response {
        let outcome = try await webhooks.test(
            try context.id("webhook_id", of: "webhook"), of: try context.id(of: "bot"),
            as: try context.requirePrincipal())
        return try JSONBody.response(TryOutJSON(outcome))
    }

    @Sendable func deliveries(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try RequestFields(queryOf: request)
        let limit = try fields.limit()
        let found = try await webhooks.deliveries(
            of: try context.id(of: "bot"), webhook: try fields.id("webhook_id"), before: try fields.id("before"),
            limit: limit + 1, as: principal)
        return try JSONBody.response(
            DeliveriesAnswer(deliveries: found.prefix(limit).map(DeliveryJSON.init), hasMore: found.count > limit))
    }

    @Sendable func replay(_ request: Request, _ context: AppContext) async throws -> Response {
        let delivery = try await webhooks.replay(
            try context.id("delivery_id", of: "delivery"), of: try context.id(of: "bot"),
            as: try context.requirePrincipal())
        return try JSONBody.response(DeliveryAnswer(delivery: DeliveryJSON(delivery)), status: .created)
    }
}
