import Hummingbird

/// How the server is doing, and what an admin decides about it.
struct SiteAdminPages: Sendable {
    let pages: Pages

    private struct Overview: PageContent {
        static let template = "admin/overview"
        let title = "Administration"
        let heading = "Administration"
        let tabOverview = true
        let figures: [Figure]
    }

    private struct Figure: View {
        let name: String
        let value: String
    }

    private struct SettingsForm: PageContent {
        static let template = "admin/settings"
        let title = "Settings"
        let heading = "Administration"
        let tabSettings = true
        let newSiteName: String
        let allowsSignup: Bool
        var problem: String?
        var done: String?
    }

    @Sendable func overview(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let now = pages.now()
        let people = try await pages.users.all(as: principal)
        let channels = try await pages.channels.all(as: principal)
        let figures = [
            Figure(name: "People", value: String(people.count)),
            Figure(name: "Here now", value: String(people.count { $0.presence(at: now) == .online })),
            Figure(name: "Channels", value: String(channels.count)),
        ]
        return try await pages.show(Overview(figures: figures), request, context)
    }

    @Sendable func settings(_ request: Request, _ context: AppContext) async throws -> Response {
        try context.requirePrincipal().requireAdmin()
        let site = try await pages.site.settings()
        let content = SettingsForm(
            newSiteName: site.siteName, allowsSignup: site.allowSignups, done: try SettingsTab.notice(request))
        return try await pages.show(content, request, context)
    }

    /// A form leaves an unticked box out; it means no.
    @Sendable func updateSettings(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let name = try fields.string("site_name")
        let allowSignups = try fields.boolean("allow_signups") ?? false
        do {
            try await pages.site.update(name: name, allowSignups: allowSignups, as: try context.requirePrincipal())
        } catch let error as ChatError {
            guard let problem = error.formProblem, context.principal?.isAdmin == true else { throw error }
            let content = SettingsForm(newSiteName: name ?? "", allowsSignup: allowSignups, problem: problem)
            return try await pages.show(content, request, context, status: .unprocessableContent)
        }
        return pages.go(to: pages.links.admin(.settings, done: "saved"))
    }
}
