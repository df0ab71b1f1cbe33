import Storage

/// What stands before every proof of who somebody is: form, API, password and second factor share one budget, by address and,
/// beside it, by account.
struct SignInGate: Sendable {
    let limits: RateLimits
    let audit: AuditLog
    let database: any Database

    /// - Throws: `RateRefusal`. The audit log hears of it once for each address or account and period.
    func admit(_ username: String, from caller: Caller) async throws {
        do {
            try limits.spend(.login, .address(caller.ipAddress), .account(username))
        } catch let refusal as RateRefusal {
            if refusal.verdict.isNews {
                try await database.write { [audit] tx in
                    try audit.record(.loginThrottled, user: nil, actor: username, from: caller, tx)
                }
            }
            throw refusal
        }
    }
}
