import Hummingbird

/// One bot on a page of its own: what it is, where it is, how others reach it, and what it was told.
struct BotPages: Sendable {
    let pages: Pages
    let bots: Bots
    let assistants: AIBots
    let webhooks: OutgoingWebhooks
    let incoming: IncomingWebhooks
    let commands: BotCommands
    let address: WebhookAddress

    struct Content: PageContent {
        static let template = "admin/bot"
        let title: String
        let heading = "Administration"
        let tabAutomations = true
        let bot: BotView
        let places: [ChoiceRow]
        let otherPlaces: [ChoiceRow]
        let snippets: [ProxySnippet]
        let hasSnippets: Bool
        let outgoing: [OutgoingRow]
        let events: [ChoiceRow]
        let deliveries: [DeliveryRow]
        let hasDeliveries: Bool
        let commands: [CommandRow]
        let model: ModelView?
        var previewBody = ""
        /// HTML.
        var preview: String?
        var previewPlace = ""
        var newSecret: String?
        var newSecretLead = ""
        var trial: String?
        var problem: String?
        var done: String?
    }

    struct CommandRow: View {
        let command: String
        let description: String
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(try context.id(of: "bot"), request, context) { $0.done = try SettingsTab.notice(request) }
    }

    /// With the secret that was made for it.
    func show(_ made: Bots.Made, _ request: Request, _ context: AppContext) async throws -> Response {
        try await show(made.bot.id, request, context, made) {
            $0.newSecret = made.token ?? made.secret?.text
            $0.newSecretLead = made.token == nil ? "This is the bot's secret." : "This is the bot's token."
        }
    }

    @Sendable func update(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            let change = try BotChange(
                name: try fields.string("name"), description: try fields.string("description"),
                credential: try fields.string("credential"), format: try fields.string("format"),
                template: try fields.string("template"), channel: try fields.id("channel_id"))
            _ = try await bots.update(id, change, as: principal)
        }
    }

    @Sendable func setActive(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            _ = try await bots.update(
                id, try BotChange(isActive: try fields.boolean("active") ?? false), as: principal)
        }
    }

    @Sendable func renewSecret(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        let made = try await bots.renewSecret(of: try context.id(of: "bot"), as: try context.requirePrincipal())
        return try await show(made, request, context)
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await bots.delete(try context.id(of: "bot"), as: try context.requirePrincipal())
        return pages.go(to: pages.links.admin(.automations, done: "deleted"))
    }

    @Sendable func addToChannel(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            guard let channel: Channel.ID = try fields.id("channel_id") else { throw ChatError.missing("channel_id") }
            let bot = try await bots.find(id, as: principal)
            try await pages.channels.invite(bot.username, to: channel, as: principal)
        }
    }

    @Sendable func removeFromChannel(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, _ in
            let bot = try await bots.find(id, as: principal)
            guard let channel = Channel.ID(try context.parameters.require("channel_id")) else {
                throw ChatError.notFound("channel")
            }
            try await pages.channels.remove(bot.user, from: channel, as: principal)
        }
    }

    /// What a request would become; or, when asked, what it becomes.
    @Sendable func preview(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try await pages.fields(of: request, context)
        let id: Bot.ID = try context.id(of: "bot")
        let body = try fields.requiredString("body")
        let isJSON = body.drop(while: \.isWhitespace).first == "{"
        let sent = IncomingRequest(
            headers: [.contentType: isJSON ? "application/json" : "text/plain"], body: .init(string: body))
        do {
            if try fields.boolean("send") == true {
                try await incoming.tryOut(sent, of: id, as: principal)
                return try await show(id, request, context) {
                    ($0.previewBody, $0.trial) = (body, "It is posted.")
                }
            }
            let preview = try await incoming.preview(sent, of: id, as: principal)
            return try await show(id, request, context) {
                $0.previewBody = body
                $0.preview = Markdown.html(
                    preview.text, names: Markdown.Names(linksOut: true), basePath: pages.links.base)
                $0.previewPlace = "In #\(preview.channel):"
            }
        } catch let error as ChatError {
            guard let problem = error.formProblem, principal.isAdmin else { throw error }
            return try await show(id, request, context, status: .unprocessableContent) {
                ($0.previewBody, $0.problem) = (body, problem)
            }
        }
    }

    /// After it the page again, with what was done or what is wrong.
    func change(
        _ request: Request, _ context: AppContext, done: String = "saved",
        _ body: (Bot.ID, Principal, RequestFields) async throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try await pages.fields(of: request, context)
        let id: Bot.ID = try context.id(of: "bot")
        do {
            try await body(id, principal, fields)
        } catch let error as ChatError {
            guard let problem = error.formProblem, principal.isAdmin, !request.wantsJSON else { throw error }
            return try await show(id, request, context, status: .unprocessableContent) { $0.problem = problem }
        }
        if request.wantsJSON { return try JSONBody.response(Done("saved")) }
        return pages.go(to: pages.links.bot(id, done: done))
    }

    func show(
        _ id: Bot.ID, _ request: Request, _ context: AppContext, _ made: Bots.Made? = nil,
        status: HTTPResponse.Status = .ok, _ change: (inout Content) throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.requireAdmin()
        let bot = try await bots.find(id, as: principal)
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let places = try await bots.places(of: id, as: principal)
        let channels = try await pages.channels.list(as: principal).map(\.channel).filter {
            $0.kind != .dm && $0.archivedAt == nil
        }
        let here = Set(places.map(\.id))
        let snippets = BotExamples(
            bot: bot, origin: address.origin(of: request, context), secret: made?.secret?.text, token: made?.token
        ).all
        let deliveries = try await webhooks.deliveries(of: id, as: principal)
        var content = Content(
            title: bot.name,
            bot: BotView(bot, address: address.url(of: bot, for: request, context), channels: channels),
            places: places.map(ChoiceRow.init),
            otherPlaces: channels.filter { !here.contains($0.id) }.map(ChoiceRow.init),
            snippets: snippets, hasSnippets: !snippets.isEmpty,
            outgoing: try await webhooks.list(of: id, as: principal).map(OutgoingRow.init),
            events: OutgoingEvent.choices.sorted { $0.rawValue < $1.rawValue }.map {
                ChoiceRow(
                    value: $0.rawValue, name: $0.meaning, isChosen: OutgoingEvent.homeAssistant.contains($0))
            },
            deliveries: deliveries.map { DeliveryRow($0, time) }, hasDeliveries: !deliveries.isEmpty,
            commands: try await commands.list(of: id, as: principal).map {
                CommandRow(command: "/\($0.name) \($0.usage)", description: $0.description)
            },
            model: bot.kind == .ai
                ? ModelView(try await assistants.find(id, as: principal).configuration) : nil)
        try change(&content)
        return try await pages.show(content, request, context, status: status)
    }
}

extension ChoiceRow {
    init(_ channel: Channel) {
        self.init(value: channel.id.description, name: "#\(channel.name)", isChosen: false)
    }
}
