import Hummingbird

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
