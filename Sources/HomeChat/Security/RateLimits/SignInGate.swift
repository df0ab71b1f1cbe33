import Storage

/// What stands before every proof of who somebody is: form, API, password and second factor share one budget, by address and,
/// beside it, by account.
struct SignInGate: Sendable {
    let limits: RateLimits
    let audit: AuditLog
    let database: any Database

    /// - Throws: `RateRefusal`. The audit log hears of it once for each address or account and period.
    /// - Parameter username: nil where nobody is named, as with a passkey.
    func admit(_ username: String?, from caller: Caller) async throws {
        do {
            if let username {
                try limits.spend(.login, .address(caller.ipAddress), .account(username))
            } else {
                try limits.spend(.login, .address(caller.ipAddress))
            }
        } catch let refusal as RateRefusal {
            if refusal.verdict.isNews {
                try await database.write { [audit] tx in
                    // Not what was typed: it may be a password in the wrong field.
                    let user = try username.flatMap { try User.find(named: $0, tx) }
                    try audit.record(
                        .loginThrottled, user: user?.id, actor: user?.username ?? "unknown", from: caller,
                        target: user.map { "user:\($0.id)" } ?? "", tx)
                }
            }
            throw refusal
        }
    }
}
