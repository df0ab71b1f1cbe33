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
        let mayMake: Bool
        let hasTokens: Bool
        let tokens: [TokenRow]
        let scopes: [ScopeRow]
        let hasChannels: Bool
        let listed: [ChannelBox]
        var newName = ""
        var newNetworks = ""
        var newSecret: String?
        var newSecretLead = "This is the new token."
        var problem: String?
        var done: String?
    }

    private struct Everybodys: PageContent {
        static let template = "admin/tokens"
        let title = "API tokens"
        let heading = "Administration"
        let tabTokens = true
        let isFiltered: Bool
        let hasTokens: Bool
        let tokens: [TokenRow]
        var newSecret: String?
        let newSecretLead = "This is the new secret."
        var done: String?
    }

    private struct ScopeRow: View {
        let scope: String
        let meaning: String
        let isChecked: Bool
    }

    private struct ChannelBox: View {
        let channelId: String
        let heading: String
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context) { $0.done = try SettingsTab.notice(request) }
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try await pages.fields(of: request, context)
        let name = try fields.string("name") ?? ""
        let chosen = try fields.strings("scopes")
        let networks = try fields.string("networks") ?? ""
        do {
            let made = try await tokens.create(try Self.draft(fields), for: principal.user, as: principal)
            // Shown in this answer and never again: there is no page to come back to.
            return try await show(request, context) { $0.newSecret = made.secret }
        } catch let error as ChatError {
            guard let problem = error.formProblem, !request.wantsJSON else { throw error }
            return try await show(request, context, chosen: Set(chosen), status: .unprocessableContent) {
                ($0.problem, $0.newName, $0.newNetworks) = (problem, name, networks)
            }
        }
    }

    @Sendable func rotate(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try await pages.fields(of: request, context)
        let made = try await tokens.rotate(try context.id(of: "token"), as: principal)
        if try fields.string("return_to") == AdminTab.tokens.path {
            return try await showEverybodys(request, context) { $0.newSecret = made.secret }
        }
        return try await show(request, context) {
            $0.newSecret = made.secret
            $0.newSecretLead = "This is the new secret of “\(made.token.name)”."
        }
    }

    @Sendable func revoke(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let isAdminPage = try fields.string("return_to") == AdminTab.tokens.path
        do {
            try await tokens.revoke(try context.id(of: "token"), as: try context.requirePrincipal())
        } catch ChatError.proofNeeded where isAdminPage && !request.wantsJSON {
            return pages.go(to: pages.links.confirm(before: AdminTab.tokens.path, isSafe: true))
        }
        if request.wantsJSON { return try JSONBody.response(Done("token revoked")) }
        return pages.go(
            to: isAdminPage
                ? pages.links.admin(.tokens, done: "revoked") : pages.links.settings(.tokens, done: "revoked"))
    }

    @Sendable func everybodys(_ request: Request, _ context: AppContext) async throws -> Response {
        try await showEverybodys(request, context) { $0.done = try SettingsTab.notice(request) }
    }

    /// For the page that shows them beside bots.
    func everybodysRows(_ principal: Principal) async throws -> [TokenRow] {
        let list = try await tokens.list(of: nil, as: principal)
        let names = try await pages.channels.all(as: principal).map { ($0.id, $0.name) }
        return try await rows(list, of: nil, names, principal)
    }

    private static func draft(_ fields: RequestFields) throws -> NewToken {
        let channels = try fields.strings("channels").map {
            guard let id = Channel.ID($0) else {
                throw ChatError.invalid("channels", "names a channel that is not here")
            }
            return ChannelChoice.id(id)
        }
        let days = try fields.string("days").flatMap { $0.isEmpty ? nil : $0 }
        let life = try days.map {
            guard let count = Int64($0), (1...3660).contains(count) else {
                throw ChatError.invalid("days", "must be a whole number from 1 to 3660")
            }
            return Duration.days(count)
        }
        return try NewToken(
            name: try fields.string("name") ?? "", scopes: try fields.strings("scopes"), channels: channels,
            networks: try fields.strings("networks"), life: life)
    }

    private func showEverybodys(
        _ request: Request, _ context: AppContext, _ change: (inout Everybodys) throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let isFiltered = request.uri.queryParameters["unused"] != nil
        let list = try await tokens.list(
            of: nil, unusedFor: isFiltered ? APIToken.idlePeriod : nil, as: principal)
        let names = try await pages.channels.all(as: principal).map { ($0.id, $0.name) }
        let rows = try await rows(list, of: nil, names, principal)
        var content = Everybodys(isFiltered: isFiltered, hasTokens: !rows.isEmpty, tokens: rows)
        try change(&content)
        return try await pages.show(content, request, context)
    }

    private func rows(
        _ list: [APIToken], of user: User.ID?, _ names: [(Channel.ID, String)], _ principal: Principal
    ) async throws -> [TokenRow] {
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let networks = try await tokens.networks(of: user, as: principal)
        let names = Dictionary(names, uniquingKeysWith: { first, _ in first })
        let now = pages.now()
        return list.map { TokenRow($0, networks[$0.id] ?? [], channelNames: names, time, at: now) }
    }

    private func show(
        _ request: Request, _ context: AppContext, chosen: Set<String> = [Scope.messagesRead.rawValue],
        status: HTTPResponse.Status = .ok, _ change: (inout Own) throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let channels = try await pages.channels.list(as: principal).map(\.channel).filter { $0.kind != .dm }
        let list = try await tokens.list(of: principal.user, as: principal)
        let rows = try await rows(list, of: principal.user, channels.map { ($0.id, $0.name) }, principal)
        let scopes = Scope.allCases.filter { $0 != .admin || principal.role == .admin }.map {
            ScopeRow(scope: $0.rawValue, meaning: $0.meaning, isChecked: chosen.contains($0.rawValue))
        }
        let boxes = channels.filter { $0.archivedAt == nil }.map {
            ChannelBox(channelId: $0.id.description, heading: "#" + $0.name)
        }
        var content = Own(
            mayMake: !principal.isRestricted, hasTokens: !rows.isEmpty, tokens: rows, scopes: scopes,
            hasChannels: !boxes.isEmpty, listed: boxes)
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
