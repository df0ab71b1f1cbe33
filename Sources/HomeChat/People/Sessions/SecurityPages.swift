import Hummingbird

/// Where somebody is signed in, and their password.
struct SecurityPages: Sendable {
    let pages: Pages
    let sessions: Sessions
    let accounts: Accounts

    private struct Security: PageContent {
        static let template = "settings/security"
        let title = "Security"
        let heading = "Settings"
        let tabSecurity = true
        let sessions: [SessionRow]
        let hasOthers: Bool
        let problem: String?
        let done: String?
    }

    private struct SessionRow: View {
        let sessionId: String
        let device: String
        let address: String
        let isThis: Bool
        let lastUsed: String
        let lastUsedText: String
        let since: String
        let sinceText: String

        init(_ session: Session, current: Principal.Credential, _ time: LocalTime) {
            sessionId = session.id.description
            device = DeviceName(session).text
            address = session.ipAddress
            isThis = current == .session(session.id)
            lastUsed = session.lastSeenAt.iso8601
            lastUsedText = time.exact(session.lastSeenAt)
            since = session.createdAt.iso8601
            sinceText = time.exact(session.createdAt)
        }
    }

    @Sendable func security(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context, done: try SettingsTab.notice(request))
    }

    @Sendable func changePassword(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        do {
            let new = try fields.requiredString("password")
            guard try fields.string("password_confirmation") == new else {
                throw ChatError.invalid("password_confirmation", "is not the same")
            }
            try await accounts.changePassword(
                current: try fields.string("current_password") ?? "", new: new, as: try context.requirePrincipal())
        } catch let error as ChatError {
            guard let problem = error.formProblem, !request.wantsJSON else { throw error }
            return try await show(request, context, problem: problem)
        }
        return try done(request, "password")
    }

    @Sendable func revoke(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await sessions.revoke(try context.id(of: "session"), as: try context.requirePrincipal())
        return try done(request, "signed-out")
    }

    @Sendable func revokeOthers(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await sessions.revokeOthers(as: try context.requirePrincipal())
        return try done(request, "signed-out")
    }

    private func show(
        _ request: Request, _ context: AppContext, problem: String? = nil, done: String? = nil
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let rows = try await sessions.list(as: principal).map { SessionRow($0, current: principal.credential, time) }
        let content = Security(sessions: rows, hasOthers: rows.count > 1, problem: problem, done: done)
        return try await pages.show(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }

    private func done(_ request: Request, _ what: String) throws -> Response {
        request.wantsJSON
            ? try JSONBody.response(Done("done")) : pages.go(to: pages.links.settings(.security, done: what))
    }
}

/// "Firefox on Linux", from what a browser says about itself; enough to tell one's own devices apart.
struct DeviceName {
    let text: String

    private static let programs = [
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("Home Assistant", "Home Assistant"),
        ("curl", "curl"),
    ]
    private static let systems = [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]

    init(_ session: Session) {
        let agent = session.userAgent
        let program = Self.programs.first { agent.contains($0.0) }?.1
        let system = Self.systems.first { agent.contains($0.0) }?.1
        let unknown = session.kind == .browser ? "A browser" : "An app"
        text = [program ?? unknown, system].compactMap(\.self).joined(separator: " on ")
    }
}
