import Hummingbird

/// Admin → Automations: bots, webhooks and tokens, all that acts here without being a person.
struct AutomationPages: Sendable {
    let pages: Pages
    let bots: Bots
    let assistants: AIBots
    let tokens: TokenPages
    let bot: BotPages

    private struct Content: PageContent {
        static let template = "admin/automations"
        let title = "Automations"
        let heading = "Administration"
        let tabAutomations = true
        let hasBots: Bool
        let bots: [BotRow]
        let hasTokens: Bool
        let tokens: [TokenRow]
        let listed: [ChoiceRow]
        let kinds: [ChoiceRow]
        var newName = ""
        var newDescription = ""
        var problem: String?
        var done: String?
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context) { $0.done = try SettingsTab.notice(request) }
    }

    /// Makes a bot and shows its page, with the secret that nobody sees again.
    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.requireAdmin()
        let fields = try await pages.fields(of: request, context)
        let (name, about) = (try fields.string("name") ?? "", try fields.string("description") ?? "")
        let kind = Bot.Kind(rawValue: try fields.string("bot_type") ?? "") ?? .webhook
        do {
            // The form has one field for all kinds, and a new API or AI bot is in no channel yet.
            let channel: Channel.ID? = try fields.id("channel_id")
            let new = try NewBot(
                name: name, description: about, kind: kind, channel: kind == .webhook ? channel : nil)
            if kind == .ai {
                let found = try await assistants.create(new, AIChange(), as: principal)
                return pages.go(to: pages.links.bot(found.bot.id))
            }
            return try await bot.show(try await bots.create(new, as: principal), request, context)
        } catch let error as ChatError {
            guard let problem = error.formProblem, !request.wantsJSON else { throw error }
            return try await show(request, context, chosen: kind, status: .unprocessableContent) {
                ($0.problem, $0.newName, $0.newDescription) = (problem, name, about)
            }
        }
    }

    private func show(
        _ request: Request, _ context: AppContext, chosen: Bot.Kind = .webhook, status: HTTPResponse.Status = .ok,
        _ change: (inout Content) throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.requireAdmin()
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let found = try await bots.list(as: principal)
        let keys = try await tokens.everybodysRows(principal)
        let channels = try await pages.channels.list(as: principal).map(\.channel)
        var content = Content(
            hasBots: !found.isEmpty, bots: found.map { BotRow($0, time) }, hasTokens: !keys.isEmpty, tokens: keys,
            listed: channels.filter { $0.kind == .public && $0.archivedAt == nil }.map {
                ChoiceRow(value: $0.id.description, name: "#\($0.name)", isChosen: $0.isHome)
            },
            kinds: Bot.Kind.allCases.map {
                ChoiceRow(value: $0.rawValue, name: $0.meaning, isChosen: $0 == chosen)
            })
        try change(&content)
        return try await pages.show(content, request, context, status: status)
    }
}

/// A bot in a list.
struct BotRow: View {
    let botId: String
    let name: String
    let username: String
    let kindName: String
    let isOff: Bool
    let about: String?
    let activeAt: String?
    let activeText: String

    init(_ bot: Bot, _ time: LocalTime) {
        botId = bot.id.description
        name = bot.name
        username = bot.username
        kindName = bot.kind.name
        isOff = !bot.isActive
        about = bot.description.isEmpty ? nil : bot.description
        activeAt = bot.lastActiveAt?.iso8601
        activeText = bot.lastActiveAt.map { time.exact($0) } ?? ""
    }
}

/// One of several in a form.
struct ChoiceRow: View {
    let value: String
    let name: String
    let isChosen: Bool
}

extension Bot.Kind {
    var name: String {
        switch self {
        case .webhook: "webhook"
        case .api: "API"
        case .ai: "AI"
        }
    }

    fileprivate var meaning: String {
        switch self {
        case .webhook: "Webhook: takes requests of other programs, and tells them what happens"
        case .api: "API: a script with a token, in the channels it is added to"
        case .ai: "AI: answers with a language model"
        }
    }
}

extension Links {
    func bot(_ id: Bot.ID, done: String? = nil) -> String {
        to("/admin/bots/\(id)") + (done.map { "?done=\($0)" } ?? "")
    }
}
