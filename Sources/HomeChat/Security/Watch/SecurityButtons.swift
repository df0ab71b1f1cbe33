import Storage

/// The buttons of `#security`.
enum SecurityButton: String, Sendable {
    case thatWasMe = "that_was_me"
    case lockAccount = "lock_account"
    case revokeToken = "revoke_token"
    case banAddress = "ban_address"

    /// How long an address stays out that a button shut out: whoever has it next did nothing.
    static let banPeriod = Duration.days(7)

    /// - Parameter subject: what it is about, as "kind:id".
    func action(_ subject: String) throws -> NewAction {
        var action =
            switch self {
            case .thatWasMe: try NewAction(id: rawValue, label: "That was me")
            case .lockAccount: try NewAction(id: rawValue, label: "Lock account", style: .danger)
            case .revokeToken: try NewAction(id: rawValue, label: "Revoke token", style: .danger)
            case .banAddress: try NewAction(id: rawValue, label: "Ban address for 7 days", style: .danger)
            }
        action.handler = .security
        action.subject = subject
        return action
    }
}

/// Does what the buttons say, in the transaction of the press.
struct SecurityButtons: Sendable {
    let audit: AuditLog

    func run(
        _ action: String, on subject: String, as principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try principal.requireAdmin()
        guard let button = SecurityButton(rawValue: action) else { throw ChatError.notFound("action") }
        if button != .thatWasMe { try Proof.require(principal, at: now, tx) }
        switch button {
        case .thatWasMe:
            break
        case .lockAccount:
            guard let id: User.ID = subject.id(after: "user:"), let user = try User.find(id, tx) else {
                throw ChatError.notFound("user")
            }
            guard id != principal.user else { throw ChatError.forbidden("you cannot lock yourself") }
            try Users.lock(user, tx)
            try audit.record(
                .accountLocked, by: principal, target: subject, details: ["username": user.username, "by": "button"], tx
            )
        case .revokeToken:
            guard let id: APIToken.ID = subject.id(after: "token:"), let token = try APIToken.find(id, tx) else {
                throw ChatError.notFound("token")
            }
            try APIToken.revoke(id, at: now, tx)
            tx.announce(.tokenRevoked(id))
            try audit.record(
                .tokenRevoked, by: principal, target: subject,
                details: ["name": token.name, "owner": token.username, "by": "button"], tx)
        case .banAddress:
            let address = String(subject.trimmingPrefix("network:"))
            let ban = try NewBan(address, reason: "many failed sign-ins", sparing: principal.caller.ipAddress)
            try Bans.add(ban, until: now + SecurityButton.banPeriod, as: principal, at: now, audit, tx)
        }
    }
}
