/// One thing to do in an emergency. `name` is what its receipt and the audit log call it.
package enum EmergencyMeasure: Sendable, Hashable {
    case revokeTokens
    /// Everybody but admins, for so long.
    case lockUsers(Duration)
    case expireSessions
    /// The three above at once, and sign-ups closed.
    case lockdown(Duration)
    case lift
    case resetPasswords
    case readOnly(Bool)

    /// The guide's 24 hours.
    package static let usualLock = Duration.hours(24)
    static let locks = Duration.minutes(1)...Duration.days(365)

    package var name: String {
        switch self {
        case .revokeTokens: "revoke-tokens"
        case .lockUsers: "lock-users"
        case .expireSessions: "expire-sessions"
        case .lockdown: "lockdown"
        case .lift: "lift"
        case .resetPasswords: "reset-passwords"
        case .readOnly(let isOn): isOn ? "read-only-on" : "read-only-off"
        }
    }

    /// - Parameter lock: for those that lock accounts.
    init?(name: String, lock: Duration = usualLock) {
        let all: [EmergencyMeasure] = [
            .revokeTokens, .lockUsers(lock), .expireSessions, .lockdown(lock), .lift, .resetPasswords,
            .readOnly(true), .readOnly(false),
        ]
        guard let found = all.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    func requireFit() throws {
        switch self {
        case .lockUsers(let lock), .lockdown(let lock):
            guard Self.locks.contains(lock) else { throw ChatError.invalid("for", "must be from 1m to 365d") }
        default: break
        }
    }
}

/// What was done, step by step, or for a rehearsal what would be.
package struct EmergencyReceipt: Encodable, Sendable {
    package struct Step: Encodable, Sendable {
        /// What it is about: "tokens", "accounts", "sessions", "sign_ups", ….
        package let step: String
        package let count: Int64
        /// What is done to them, in words: "3 revoked".
        package let text: String
        package var until: Timestamp?
    }

    package let action: String
    package let isDryRun: Bool
    package let at: Timestamp
    package let by: String
    package var steps: [Step] = []
    /// What whoever did it should know: what stays, and what cannot be undone.
    package var notes: [String] = []

    private enum CodingKeys: String, CodingKey {
        case action, at, by, steps, notes
        case isDryRun = "dry_run"
    }

    /// One line for the audit log and `#security`: our own words and numbers only.
    var summary: String { steps.map(\.text).joined(separator: ", ") }
}

/// What is in force now, and how much there is that could be ended.
package struct EmergencyState: Encodable, Sendable {
    package struct Measure: Encodable, Sendable {
        package let since: Timestamp
        package let by: String
    }

    package let lockdown: Measure?
    package let readOnly: Measure?
    /// Closed by a lockdown, so that lifting it opens them again.
    package let closedSignUps: Bool
    /// By an emergency; nobody whom an admin locked one by one.
    package let lockedUsers: Int64
    package let lockedUntil: Timestamp?
    package let passwordsToRenew: Int64
    package let sessions: Int64
    package let tokens: Int64

    private enum CodingKeys: String, CodingKey {
        case lockdown, sessions, tokens
        case readOnly = "read_only"
        case closedSignUps = "closed_sign_ups"
        case lockedUsers = "locked_users"
        case lockedUntil = "locked_until"
        case passwordsToRenew = "passwords_to_renew"
    }

    /// Whether there is anything to lift.
    var isLiftable: Bool { lockdown != nil || closedSignUps || lockedUsers > 0 }
}
