import Hummingbird

/// How the server is doing, and what an admin decides about it.
struct SiteAdminPages: Sendable {
    let pages: Pages
    let disk: DiskUse

    private struct Overview: PageContent {
        static let template = "admin/overview"
        let title = "Administration"
        let heading = "Administration"
        let tabOverview = true
        let figures: [Figure]
        let room: [Figure]
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
        let signsUpOpenly: Bool
        let signsUpWithApproval: Bool
        let signsUpByInvitation: Bool
        let signsNobodyUp: Bool
        let allowsTokens: Bool
        let tellsHomeAssistant: Bool
        let retentionDays: String
        let isClosedByLockdown: Bool
        var problem: String?
        var done: String?

        init(
            _ site: SiteSettings, isClosedByLockdown: Bool = false, problem: String? = nil, done: String? = nil
        ) {
            let mode = site.signUps
            newSiteName = site.siteName
            allowsTokens = site.allowsTokens
            tellsHomeAssistant = site.tellsHomeAssistant
            retentionDays = site.retentionDays.map(String.init) ?? ""
            signsUpOpenly = mode == .open
            signsUpWithApproval = mode == .approval
            signsUpByInvitation = mode == .invitation
            signsNobodyUp = mode == .off
            self.isClosedByLockdown = isClosedByLockdown
            self.problem = problem
            self.done = done
        }
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
        let disk = try await disk.figures(as: principal)
        let room = [
            Figure(name: "Database", value: FileWords.size(disk.database)),
            Figure(name: "Files", value: FileWords.size(disk.files)),
            Figure(name: "Previews", value: FileWords.size(disk.previews)),
            Figure(name: "Free", value: disk.free.map(FileWords.size) ?? "unknown"),
        ]
        return try await pages.show(Overview(figures: figures, room: room), request, context)
    }

    @Sendable func settings(_ request: Request, _ context: AppContext) async throws -> Response {
        try context.requirePrincipal().requireAdmin()
        let site = try await pages.site.settings()
        let content = SettingsForm(
            site, isClosedByLockdown: try await pages.site.isClosedByLockdown(),
            done: try SettingsTab.notice(request))
        return try await pages.show(content, request, context)
    }

    @Sendable func updateSettings(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        var change = SiteChange(
            name: try fields.string("site_name"), signUps: try fields.string("signup_mode").map(Self.mode),
            allowsTokens: try fields.boolean("api_enabled"),
            tellsHomeAssistant: try fields.boolean("home_assistant_enabled"))
        do {
            change.retention = try fields.retention("retention_days")
            try await pages.site.update(change, as: try context.requirePrincipal())
        } catch let error as ChatError {
            guard let problem = error.formProblem, context.principal?.isAdmin == true else { throw error }
            let content = SettingsForm(try await pages.site.settings().as(change), problem: problem)
            return try await pages.show(content, request, context, status: .unprocessableContent)
        }
        return pages.go(to: pages.links.admin(.settings, done: "saved"))
    }

    private static func mode(_ text: String) throws -> SignUpMode {
        guard let mode = SignUpMode(rawValue: text) else {
            throw ChatError.invalid("signup_mode", "must be open, approval, invitation or off")
        }
        return mode
    }
}

extension SiteSettings {
    /// As a form has it that could not be saved.
    fileprivate func `as`(_ change: SiteChange) -> SiteSettings {
        var settings = self
        settings.siteName = change.name ?? siteName
        settings.allowSignups = change.signUps.map { $0 != .off } ?? allowSignups
        settings.signUpMode = change.signUps ?? signUpMode
        settings.allowsTokens = change.allowsTokens ?? allowsTokens
        settings.tellsHomeAssistant = change.tellsHomeAssistant ?? tellsHomeAssistant
        settings.retentionDays = change.retention.map(\.days) ?? retentionDays
        return settings
    }
}
