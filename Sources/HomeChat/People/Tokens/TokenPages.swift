import Hummingbird

/// Keys for scripts: one's own, and for admins everybody's.
struct TokenPages: Sendable {
    let pages: Pages
    let tokens: Tokens

    private struct Own: PageContent {
        static let template = "settings/tokens"
        let title = "API tokens"
        let heading = "Settings"
        let tabTokens = true
        let hasTokens: Bool
        let tokens: [TokenRow]
        let scopes: [ScopeRow]
        var newName = ""
        var newSecret: String?
        let newSecretLead = "This is the new token."
        var problem: String?
        var done: String?
    }

    private struct Everybodys: PageContent {
        static let template = "admin/tokens"
        let title = "API tokens"
        let heading = "Administration"
        let tabTokens = true
        let hasTokens: Bool
        let tokens: [TokenRow]
        let done: String?
    }

    private struct TokenRow: View {
        let tokenId: String
        let tokenName: String
        let prefix: String
        let owner: String
        let scopeText: String
        let createdAt: String
        let createdText: String
        let usedAt: String?
        let usedText: String

        init(_ token: APIToken, _ time: LocalTime) {
            tokenId = token.id.description
            tokenName = token.name
            prefix = token.prefix
            owner = token.username
            scopeText = token.scopes.map(\.rawValue).sorted().joined(separator: ", ")
            createdAt = token.createdAt.iso8601
            createdText = time.date(token.createdAt)
            usedAt = token.lastUsedAt?.iso8601
            usedText = token.lastUsedAt.map { time.exact($0) } ?? ""
        }
    }

    private struct ScopeRow: View {
        let scope: String
        let meaning: String
        let isChecked: Bool
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context) { $0.done = try SettingsTab.notice(request) }
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try await pages.fields(of: request, context)
        let name = try fields.string("name") ?? ""
        let chosen = try fields.strings("scopes")
        do {
            let made = try await tokens.create(
                try NewToken(name: name, scopes: chosen), for: principal.user, as: principal)
            // Shown in this answer and never again: there is no page to come back to.
            return try await show(request, context) { $0.newSecret = made.secret }
        } catch let error as ChatError {
            guard let problem = error.formProblem, !request.wantsJSON else { throw error }
            return try await show(request, context, chosen: Set(chosen), status: .unprocessableContent) {
                $0.problem = problem
                $0.newName = name
            }
        }
    }

    @Sendable func revoke(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        try await tokens.revoke(try context.id(of: "token"), as: try context.requirePrincipal())
        if request.wantsJSON { return try JSONBody.response(Done("token revoked")) }
        let isAdminPage = try fields.string("return_to") == AdminTab.tokens.path
        return pages.go(
            to: isAdminPage
                ? pages.links.admin(.tokens, done: "revoked") : pages.links.settings(.tokens, done: "revoked"))
    }

    @Sendable func everybodys(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let rows = try await tokens.list(of: nil, as: principal).map { TokenRow($0, time) }
        let content = Everybodys(hasTokens: !rows.isEmpty, tokens: rows, done: try SettingsTab.notice(request))
        return try await pages.show(content, request, context)
    }

    private func show(
        _ request: Request, _ context: AppContext, chosen: Set<String> = [], status: HTTPResponse.Status = .ok,
        _ change: (inout Own) throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let rows = try await tokens.list(of: principal.user, as: principal).map { TokenRow($0, time) }
        let scopes = Scope.allCases.filter { $0 != .admin || principal.role == .admin }.map {
            ScopeRow(scope: $0.rawValue, meaning: $0.meaning, isChecked: chosen.contains($0.rawValue))
        }
        var content = Own(hasTokens: !rows.isEmpty, tokens: rows, scopes: scopes)
        try change(&content)
        return try await pages.show(content, request, context, status: status)
    }
}

extension Scope {
    fileprivate var meaning: String {
        switch self {
        case .messagesRead: "Read messages wherever you can."
        case .messagesWrite: "Post, edit and delete as you."
        case .channelsRead: "List channels and who is in them."
        case .channelsWrite: "Make and change channels."
        case .usersRead: "Look people up."
        case .bots: "Manage bots."
        case .admin: "All that an admin can do. Few scripts need this."
        }
    }
}
