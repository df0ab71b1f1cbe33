import Hummingbird

/// Asks once more who is there, before something that matters.
struct ConfirmPages: Sendable {
    let pages: Pages
    let proofs: Proofs
    let passkeys: Passkeys
    let openID: OpenIDSignIns?

    private struct Confirm: PageContent {
        static let template = "settings/confirm"
        let title = "Is it you?"
        let heading = "Settings"
        let returnTo: String
        let hasPasskeys: Bool
        let hasPassword: Bool
        /// The provider's name, where the account is connected with one there.
        let provider: String?
        let problem: String?
    }

    @Sendable func form(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(try RequestFields(queryOf: request), nil, request, context)
    }

    @Sendable func confirm(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        do {
            try await proofs.confirm(
                password: try fields.string("password") ?? "", as: try context.requirePrincipal())
        } catch let error as ChatError {
            guard let problem = error.formProblem, !request.wantsJSON else { throw error }
            return try await show(fields, problem, request, context)
        }
        if request.wantsJSON { return try JSONBody.response(Done("confirmed")) }
        return pages.go(to: pages.links.returning(to: try fields.string("return_to")))
    }

    private func show(
        _ fields: RequestFields, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let keys = try await passkeys.list(as: principal)
        let state = try await openID?.state(as: principal)
        let returnTo = try fields.string("return_to") ?? SettingsTab.security.path
        let content = Confirm(
            returnTo: returnTo, hasPasskeys: !keys.isEmpty, hasPassword: try await proofs.hasPassword(principal),
            provider: state?.isConnected == true ? openID?.name : nil, problem: problem)
        return try await pages.show(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }
}

extension Links {
    /// Where somebody proves who they are, before they go on with what `path` belongs to.
    func confirm(before path: String, isSafe: Bool) -> String {
        let page: String =
            switch path {
            case _ where isSafe: path
            case _ where path.hasPrefix("/admin/settings"): AdminTab.settings.path
            case _ where path.hasPrefix("/admin/tokens"): AdminTab.tokens.path
            case _ where path.hasPrefix("/admin/bots/"): path.split(separator: "/").prefix(3).map { "/" + $0 }.joined()
            case _ where path.hasPrefix("/admin/bots"): AdminTab.automations.path
            case _ where path.hasPrefix("/admin/audit"): AdminTab.audit.path
            case _ where path.hasPrefix("/admin/emergency"): AdminTab.emergency.path
            case _ where path.hasPrefix("/admin/limits"): AdminTab.limits.path
            case _ where path.hasPrefix("/admin/bans"): AdminTab.network.path
            case _ where path.hasPrefix("/admin/"): AdminTab.users.path
            case _ where path.hasPrefix("/settings/tokens"): SettingsTab.tokens.path
            default: SettingsTab.security.path
            }
        return to("/settings/confirm?return_to=\(page.queryEscaped)%3Fdone%3Dconfirmed")
    }
}
