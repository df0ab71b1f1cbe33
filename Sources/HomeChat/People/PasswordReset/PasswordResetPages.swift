import Hummingbird

/// Asking for a link, and choosing a new password with one. The link's secret travels in the query, which is in no log.
struct PasswordResetPages: Sendable {
    let pages: Pages
    let resets: PasswordResets

    private struct Ask: PageContent {
        static let template = "sign-in/forgotten"
        let title = "Forgotten password"
        let sendsMail: Bool
        let isAsked: Bool
    }

    private struct Choose: PageContent {
        static let template = "sign-in/reset"
        let title = "Choose a new password"
        let key: String
        let isOpen: Bool
        let problem: String?
    }

    @Sendable func form(_ request: Request, _ context: AppContext) async throws -> Response {
        guard let key = try RequestFields(queryOf: request).string("key") else {
            return try await pages.showCard(
                Ask(sendsMail: resets.canSendMail, isAsked: false), request, context)
        }
        return try await choose(key, nil, request, context)
    }

    /// The same answer whoever is asked for.
    @Sendable func ask(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        try await resets.ask(
            for: try fields.string("login", "username", "email") ?? "", from: context.caller(of: request))
        if request.wantsJSON { return try answer() }
        return try await pages.showCard(Ask(sendsMail: resets.canSendMail, isAsked: true), request, context)
    }

    @Sendable func use(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        let key = try fields.requiredString("key", or: "reset_token")
        do {
            try await resets.use(key, password: try fields.newPassword(), from: context.caller(of: request))
        } catch let error as ChatError {
            guard let problem = error.formProblem, !request.wantsJSON else { throw error }
            return try await choose(key, problem, request, context)
        }
        if request.wantsJSON { return try JSONBody.response(Done("the password is changed")) }
        return pages.go(to: pages.links.signIn + "?done=password")
    }

    private func answer() throws -> Response {
        try JSONBody.response(Done("if there is such an account with an address, a link is on its way"))
    }

    private func choose(
        _ key: String, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let content = Choose(key: key, isOpen: try await resets.isOpen(key), problem: problem)
        let status: HTTPResponse.Status = problem != nil ? .unprocessableContent : content.isOpen ? .ok : .notFound
        return try await pages.showCard(content, request, context, status: status)
    }
}
