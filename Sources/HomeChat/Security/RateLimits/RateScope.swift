/// What is counted, each with its own limit. Nodes name a scope by its place here, so append, never reorder.
package enum RateScope: String, CaseIterable, Sendable {
    case login, api, message, signup, page
    case badToken = "bad_token"
    case reset, invite, search, typing, webhook
    case webhookAddress = "webhook_address"
    case file, upload

    /// The guide's figures where it has some (hardening guide, "Rate Limiting"; wire contract 10.1).
    var defaultRule: RateRule {
        switch self {
        case .login: RateRule(limit: 5, period: .seconds(20))
        case .api: RateRule(limit: 300, period: .minutes(5))
        case .message: RateRule(limit: 60, period: .minutes(1))
        case .signup: RateRule(limit: 3, period: .hours(1))
        case .page: RateRule(limit: 1200, period: .minutes(5))
        case .badToken: RateRule(limit: 20, period: .minutes(1))
        case .reset: RateRule(limit: 5, period: .hours(1))
        case .invite: RateRule(limit: 60, period: .hours(1))
        case .search: RateRule(limit: 60, period: .minutes(1))
        case .typing: RateRule(limit: 120, period: .minutes(1))
        case .webhook: RateRule(limit: 60, period: .minutes(1))
        case .webhookAddress: RateRule(limit: 300, period: .minutes(5))
        case .file: RateRule(limit: 6000, period: .minutes(5))
        case .upload: RateRule(limit: 120, period: .minutes(1))
        }
    }

    /// Whoever guesses secrets is never waved through, wherever they sit.
    var allowsSafelist: Bool {
        switch self {
        case .login, .badToken, .reset: false
        default: true
        }
    }

    /// Why `allowsSafelist` says no, to whoever wants one all the same.
    static let noSafelist = "guessing is limited for everybody, also in networks that are exempt elsewhere"

    /// What is counted, and by what, in words for an admin.
    var meaning: String {
        switch self {
        case .login: "Sign-ins, by address and by account"
        case .api: "Requests to the API, by address"
        case .message: "New messages, by person"
        case .signup: "New accounts, by address"
        case .page: "Requests of the page, by session"
        case .badToken: "Tokens that do not work, by address"
        case .reset: "Forgotten passwords, by address"
        case .invite: "Invitations, by person"
        case .search: "Searches, by person"
        case .typing: "Signs of typing, by person"
        case .webhook: "Deliveries to one webhook"
        case .webhookAddress: "Deliveries to webhooks, by address"
        case .file: "Files and pictures that are fetched, by session"
        case .upload: "Files sent, by person"
        }
    }

    var number: Int64 { Int64(Self.allCases.firstIndex(of: self) ?? 0) }

    init?(number: Int64) {
        guard let index = Int(exactly: number), Self.allCases.indices.contains(index) else { return nil }
        self = Self.allCases[index]
    }
}
