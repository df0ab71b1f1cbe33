import Hummingbird

/// Starting a conversation with somebody.
struct DirectMessagePages: Sendable {
    let pages: Pages
    let directMessages: DirectMessages

    private struct New: PageContent {
        static let template = "channels/new-direct-message"
        let title = "New direct message"
        let heading = "New direct message"
        let usernames: String
        let hasPeople: Bool
        let people: [MemberRow]
        let problem: String?
    }

    @Sendable func new(_ request: Request, _ context: AppContext) async throws -> Response {
        try await form(request, context)
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let names = try await pages.fields(of: request, context).strings("usernames").map {
            $0.trimmingPrefix("@").description
        }
        do {
            let summary = try await directMessages.open(
                withNames: names.filter { !$0.isEmpty }, as: try context.requirePrincipal())
            return try answer(summary, request)
        } catch let error as ChatError where !request.wantsJSON {
            return try await form(request, context, names: names, problem: error)
        }
    }

    /// `/dm/ana`: what every `@ana` links to. A link must change nothing by itself on other sites, so only our own pages open
    /// what is not there yet.
    @Sendable func open(_ request: Request, _ context: AppContext) async throws -> Response {
        guard let name = context.parameters.get("username")?.removingPercentEncoding else {
            throw ChatError.notFound("user")
        }
        let principal = try context.requirePrincipal()
        guard principal.username.lowercased() != name.lowercased() else {
            return pages.go(to: pages.links.settings(.profile))
        }
        guard !request.isFromElsewhere else { return try await form(request, context, names: [name]) }
        return try answer(try await directMessages.open(withNames: [name], as: principal), request)
    }

    private func answer(_ summary: ChannelSummary, _ request: Request) throws -> Response {
        if request.wantsJSON {
            return try JSONBody.response(ChannelsAPI.ChannelAnswer(channel: ChannelJSON(summary, at: pages.now())))
        }
        return pages.go(to: pages.links.channel(summary.channel.id))
    }

    private func form(
        _ request: Request, _ context: AppContext, names: [String] = [], problem: ChatError? = nil
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let people = try await pages.users.search("", limit: 100, as: principal).map { MemberRow($0, at: pages.now()) }
        let content = New(
            usernames: names.joined(separator: ", "), hasPeople: !people.isEmpty, people: people,
            problem: problem?.formProblem)
        return try await pages.show(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }
}
