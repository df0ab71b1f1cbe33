import Hummingbird

/// Finding by words, on a page of its own, and the list behind the switcher and the completion.
struct SearchPages: Sendable {
    let pages: Pages
    let search: Search

    private struct SwitcherAnswer: Encodable {
        let channels: [ChannelJSON]
        let users: [MemberJSON]
        /// Where the assets lie now: a page with another value is from before an update.
        let assets: String
    }

    private struct PersonHit: Encodable {
        let id: User.ID
        let username: String
        let displayName: String
        let isOnline: Bool

        enum CodingKeys: String, CodingKey {
            case id, username
            case displayName = "display_name"
            case isOnline = "is_online"
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try RequestFields(queryOf: request)
        if request.wantsJSON {
            let found = try await search.find(try SearchRequest(fields), as: principal)
            return try JSONBody.response(SearchAPI.answer(found, basePath: pages.links.base))
        }
        var content = SearchResultsPage(query: try fields.string("q") ?? "")
        if let filtered = try SearchFilterForm(fields) {
            return pages.go(to: pages.links.search(filtered.query, sort: try SearchRequest.sort(fields) ?? .relevance))
        }
        guard !content.query.isEmpty else { return try await pages.show(content, request, context) }
        do {
            let wanted = try SearchRequest(fields)
            content.sort = wanted.sort
            let found = try await search.find(wanted, as: principal)
            let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
            content.fill(found, time, pages.links)
        } catch let error as ChatError {
            guard let problem = error.formProblem else { throw error }
            content.problem = problem
        }
        return try await pages.show(content, request, context)
    }

    @Sendable func switcher(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let now = pages.now()
        async let channels = pages.channels.list(as: principal)
        async let people = pages.users.search("", limit: 500, as: principal)
        return try JSONBody.response(
            SwitcherAnswer(
                channels: try await channels.filter { $0.channel.archivedAt == nil }.map { ChannelJSON($0, at: now) },
                users: try await people.map { MemberJSON($0, at: now) },
                assets: pages.links.to("/assets/\(pages.assets.digest)")))
    }

    /// A bare list, as existing scripts of the page expect it.
    @Sendable func people(_ request: Request, _ context: AppContext) async throws -> Response {
        let query = try RequestFields(queryOf: request).string("q") ?? ""
        let now = pages.now()
        let found = try await pages.users.search(query, as: try context.requirePrincipal())
        return try JSONBody.response(
            found.map {
                PersonHit(
                    id: $0.id, username: $0.username, displayName: $0.displayName,
                    isOnline: $0.presence(at: now) != .offline)
            })
    }
}
