import Hummingbird

/// One's own name, status and preferences.
struct ProfilePages: Sendable {
    let pages: Pages

    private struct Profile: PageContent {
        struct Values: View {
            let displayName: String
            let status: String
            let statusEmoji: String
            let timeZone: String
        }

        static let template = "settings/profile"
        let title = "Settings"
        let heading = "Settings"
        let tabProfile = true
        let profile: Values
        let problem: String?
        let done: String?
    }

    private struct Preferences: PageContent {
        static let template = "settings/preferences"
        let title = "Preferences"
        let heading = "Settings"
        let tabPreferences = true
        let themeSystem: Bool
        let themeLight: Bool
        let themeDark: Bool
        let themeContrast: Bool
        let enterSends: Bool
        let done: String?
    }

    @Sendable func profile(_ request: Request, _ context: AppContext) async throws -> Response {
        let user = try await pages.users.me(try context.requirePrincipal())
        let content = Profile(
            profile: .init(
                displayName: user.displayName, status: user.status, statusEmoji: user.statusEmoji,
                timeZone: user.timeZone),
            problem: nil, done: try SettingsTab.notice(request))
        return try await pages.show(content, request, context)
    }

    @Sendable func updateProfile(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let values = Profile.Values(
            displayName: try fields.string("display_name") ?? "", status: try fields.string("status") ?? "",
            statusEmoji: try fields.string("status_emoji") ?? "", timeZone: try fields.string("time_zone") ?? "")
        do {
            let change = try ProfileChange(
                displayName: try fields.string("display_name"), status: try fields.string("status"),
                statusEmoji: try fields.string("status_emoji"), timeZone: try fields.string("time_zone"))
            try await pages.users.updateProfile(change, as: try context.requirePrincipal())
        } catch let error as ChatError {
            guard let problem = error.formProblem, !request.wantsJSON else { throw error }
            return try await pages.show(
                Profile(profile: values, problem: problem, done: nil), request, context, status: .unprocessableContent)
        }
        return try saved(request, .profile)
    }

    @Sendable func preferences(_ request: Request, _ context: AppContext) async throws -> Response {
        let user = try await pages.users.me(try context.requirePrincipal())
        let content = Preferences(
            themeSystem: user.theme == .system, themeLight: user.theme == .light, themeDark: user.theme == .dark,
            themeContrast: user.theme == .contrast, enterSends: user.enterSends, done: try SettingsTab.notice(request))
        return try await pages.show(content, request, context)
    }

    @Sendable func updatePreferences(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let change = try ProfileChange(theme: try fields.string("theme"), enterSends: try fields.boolean("enter_sends"))
        try await pages.users.updateProfile(change, as: try context.requirePrincipal())
        return try saved(request, .preferences)
    }

    private func saved(_ request: Request, _ tab: SettingsTab) throws -> Response {
        request.wantsJSON
            ? try JSONBody.response(Done("saved")) : pages.go(to: pages.links.settings(tab, done: "saved"))
    }
}

/// The parts of one's own settings.
enum SettingsTab: Sendable {
    case profile, security, preferences, tokens

    var path: String {
        switch self {
        case .profile: "/settings"
        case .security: "/settings/security"
        case .preferences: "/settings/preferences"
        case .tokens: "/settings/tokens"
        }
    }

    /// What was just done, when this page was come to from a form.
    static func notice(_ request: Request) throws -> String? {
        switch try RequestFields(queryOf: request).string("done") {
        case "saved": "Saved."
        case "password": "Your password is changed. Other devices are signed out."
        case "signed-out": "Signed out there."
        case "revoked": "The token is revoked."
        case "noted": "Good. You will be told of the next one."
        case "second-factor-off": "The second step is off."
        case "passkey": "The passkey can be used from now on."
        case "removed": "Removed."
        case "connected": "Connected. You can sign in that way from now on."
        case "confirmed": "Thank you. You can go on now."
        case "approved": "They can sign in now."
        case "unlocked": "They can sign in again."
        case "reset": "The second step, passkeys and connections are gone; the password is enough now."
        case "reset-no-password":
            "The second step, passkeys and connections are gone. They have no password: make them a reset link."
        case "deleted": "Deleted."
        default: nil
        }
    }
}
