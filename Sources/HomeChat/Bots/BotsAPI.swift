import Hummingbird

/// `/api/v1/bots` (wire contract, 2.8).
struct BotsAPI: Sendable {
    let bots: Bots
    let assistants: AIBots
    let address: WebhookAddress

    struct ListAnswer: Encodable {
        let bots: [BotJSON]
    }

    struct ShowAnswer: Encodable {
        let bot: BotJSON
    }

    /// The bot at top level, and once more under `data`.
    struct MadeAnswer: Encodable {
        let success = true
        let message: String
        let bot: BotJSON
        let data: ShowAnswer

        init(_ message: String, _ bot: BotJSON) {
            self.message = message
            self.bot = bot
            data = ShowAnswer(bot: bot)
        }
    }

    struct StatusAnswer: Encodable {
        let botID: Bot.ID
        let name: String
        let active: Bool
        let lastActivity: Timestamp?
        let messageCount: Int64
        let status: String

        enum CodingKeys: String, CodingKey {
            case botID = "bot_id"
            case name, active, status
            case lastActivity = "last_activity"
            case messageCount = "message_count"
        }

        init(_ standing: Bots.Standing) {
            botID = standing.bot.id
            name = standing.bot.name
            active = standing.bot.isActive
            lastActivity = standing.bot.lastActiveAt
            messageCount = standing.messageCount
            status = standing.bot.isActive ? "active" : "inactive"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(botID, forKey: .botID)
            try container.encode(name, forKey: .name)
            try container.encode(active, forKey: .active)
            try lastActivity.encode(as: .lastActivity, in: &container)
            try container.encode(messageCount, forKey: .messageCount)
            try container.encode(status, forKey: .status)
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let found = try await bots.list(as: principal)
        let assistants = try await assistants.all(as: principal)
        return try JSONBody.response(ListAnswer(bots: found.map { json($0, request, context, assistants[$0.id]) }))
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let bot = try await bots.find(try context.id(of: "bot"), as: principal)
        let assistants = bot.kind == .ai ? try await assistants.all(as: principal) : [:]
        return try JSONBody.response(ShowAnswer(bot: json(bot, request, context, assistants[bot.id])))
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let all = try await RequestFields(of: request, context)
        let fields = try all.object("bot") ?? all
        let other = try all.botKind("type")
        let kind = try fields.botKind("bot_type") ?? other ?? .webhook
        let new = try NewBot(
            name: try fields.requiredString("name"), description: try fields.string("description") ?? "", kind: kind,
            webhookID: try fields.string("webhook_id").flatMap { $0.isEmpty ? nil : $0 },
            channel: try fields.id("channel_id"))
        let ai = try AIChange(fields.object("ai"))
        if kind == .ai {
            let found = try await assistants.create(new, ai, as: principal)
            return try JSONBody.response(MadeAnswer("bot is ready", json(found, request, context)))
        }
        let made = try await bots.create(new, as: principal)
        return try JSONBody.response(MadeAnswer("bot is ready", json(made, request, context)))
    }

    @Sendable func update(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let all = try await RequestFields(of: request, context)
        let fields = try all.object("bot") ?? all
        let change = try BotChange(
            name: try fields.string("name"), description: try fields.string("description"),
            isActive: try fields.boolean("active"), credential: try fields.string("credential"),
            format: try fields.string("format"), template: try fields.string("template"),
            channel: try fields.id("channel_id"))
        if let ai = try fields.object("ai") {
            let id: Bot.ID = try context.id(of: "bot")
            let found = try await assistants.update(id, change, try AIChange(ai), as: principal)
            return try JSONBody.response(MadeAnswer("bot changed", json(found, request, context)))
        }
        let bot = try await bots.update(try context.id(of: "bot"), change, as: principal)
        return try JSONBody.response(MadeAnswer("bot changed", json(bot, request, context)))
    }

    @Sendable func renewSecret(_ request: Request, _ context: AppContext) async throws -> Response {
        let made = try await bots.renewSecret(of: try context.id(of: "bot"), as: try context.requirePrincipal())
        return try JSONBody.response(MadeAnswer("the old secret is worth nothing now", json(made, request, context)))
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        try await bots.delete(try context.id(of: "bot"), as: try context.requirePrincipal())
        return try JSONBody.response(Done("bot deleted"))
    }

    @Sendable func status(_ request: Request, _ context: AppContext) async throws -> Response {
        let standing = try await bots.standing(of: try context.id(of: "bot"), as: try context.requirePrincipal())
        return try JSONBody.response(StatusAnswer(standing))
    }

    @Sendable func activate(_ request: Request, _ context: AppContext) async throws -> Response {
        try await setActive(true, context)
    }

    @Sendable func deactivate(_ request: Request, _ context: AppContext) async throws -> Response {
        try await setActive(false, context)
    }

    private func setActive(_ isActive: Bool, _ context: AppContext) async throws -> Response {
        let change = try BotChange(isActive: isActive)
        _ = try await bots.update(try context.id(of: "bot"), change, as: try context.requirePrincipal())
        return try JSONBody.response(Done(isActive ? "bot activated" : "bot deactivated"))
    }

    private func json(
        _ bot: Bot, _ request: Request, _ context: AppContext, _ configuration: AIConfiguration? = nil
    ) -> BotJSON {
        var json = BotJSON(bot: bot, webhookURL: address.url(of: bot, for: request, context))
        json.ai = configuration.map(AIConfigurationJSON.init)
        return json
    }

    private func json(_ found: AIBots.Found, _ request: Request, _ context: AppContext) -> BotJSON {
        json(found.bot, request, context, found.configuration)
    }

    private func json(_ made: Bots.Made, _ request: Request, _ context: AppContext) -> BotJSON {
        var json = json(made.bot, request, context)
        json.secret = made.secret?.text
        json.token = made.token
        return json
    }
}

extension RequestFields {
    fileprivate func botKind(_ field: String) throws -> Bot.Kind? {
        guard let word = try string(field) else { return nil }
        guard let kind = Bot.Kind(rawValue: word) else {
            throw ChatError.invalid(field, "must be webhook, api or ai")
        }
        return kind
    }
}
