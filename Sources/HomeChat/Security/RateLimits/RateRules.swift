import Storage

/// The rules as an admin sees and changes them.
package struct RateRules: Sendable {
    let database: any Database
    let limits: RateLimits
    let audit: AuditLog
    let configured: RateSettings
    let now: @Sendable () -> Timestamp

    package struct Line: Sendable {
        let scope: RateScope
        let rule: RateRule
        /// What the configuration says.
        let configured: RateRule
    }

    /// What a form says about one rule.
    struct Wish: Sendable {
        let scope: RateScope
        let limit: String
        let period: String
        let safelist: String
    }

    func all(as principal: Principal) async throws -> [Line] {
        try await all(configured: configured, as: principal)
    }

    /// - Parameter configured: what the configuration of a server says, if not of this process.
    func all(configured: RateSettings, as principal: Principal) async throws -> [Line] {
        try principal.requireAdmin()
        let chosen = try await database.read { tx in try ChosenRules.load(tx) }
        return RateScope.allCases.map {
            Line(scope: $0, rule: chosen.rule($0, configured: configured[$0]), configured: configured[$0])
        }
    }

    /// All or none. What is as configured is not kept, so that it follows the configuration again.
    func change(_ wishes: [Wish], as principal: Principal) async throws {
        try principal.requireAdmin()
        let rules = try wishes.map { ($0.scope, try Self.rule($0)) }
        try await database.write { [configured, audit, now] tx in
            try Proof.require(principal, at: now(), tx)
            let earlier = try ChosenRules.load(tx)
            for (scope, rule) in rules {
                let before = earlier.rule(scope, configured: configured[scope])
                guard before != rule else { continue }
                try ChosenRules.keep(rule == configured[scope] ? nil : rule, for: scope, tx)
                try audit.record(
                    .settingChanged, by: principal, target: "setting:rate_limit.\(scope.rawValue)",
                    details: ["from": before.text, "to": rule.text], tx)
            }
            tx.announce(.siteChanged)
        }
        // On this node at once, for whoever looks at the page that comes next.
        try await limits.load(from: database)
    }

    private static func rule(_ wish: Wish) throws -> RateRule {
        let name = "rate_limit.\(wish.scope.rawValue)"
        guard wish.scope.allowsSafelist || wish.safelist.isEmpty else {
            throw ChatError.invalid("\(name).safelist", "cannot be set: \(RateScope.noSafelist)")
        }
        return RateRule(
            limit: try read(.rateLimit, wish.limit, "\(name).limit"),
            period: try read(.period, wish.period, "\(name).period"),
            safelist: try read(.list(.networkValue), wish.safelist, "\(name).safelist"))
    }

    private static func read<Value>(_ kind: SettingsKind<Value>, _ text: String, _ field: String) throws -> Value {
        do { return try kind.parse(text) } catch { throw ChatError.invalid(field, error.text) }
    }
}
