/// The parts of the administration.
enum AdminTab: Sendable {
    case overview, emergency, users, channels, automations, tokens, settings, network, limits, audit

    var path: String {
        switch self {
        case .overview: "/admin"
        case .emergency: "/admin/emergency"
        case .users: "/admin/users"
        case .channels: "/admin/channels"
        case .automations: "/admin/automations"
        case .tokens: "/admin/tokens"
        case .settings: "/admin/settings"
        case .network: "/admin/network"
        case .limits: "/admin/limits"
        case .audit: "/admin/audit"
        }
    }
}
