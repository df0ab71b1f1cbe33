/// So many in any stretch of time of this length.
package struct RateRule: Hashable, Sendable {
    /// nil: not limited.
    package var limit: Int?
    package var period: Duration
    /// Networks for which the rule does not count.
    var safelist: [Network] = []

    /// A key remembers each of its times, so this bounds what a key can cost: four bytes a time.
    static let limits = 1...100_000
    /// Times are kept in 32 bits of milliseconds.
    static let periods = Duration.seconds(1)...Duration.days(7)

    /// "300 in 5m, not for 10.0.0.0/8".
    var text: String {
        let limit = SettingsKind.rateLimit.describe(limit) ?? ""
        let networks = SettingsKind.list(.networkValue).describe(safelist) ?? ""
        return "\(limit) in \(SettingsKind.period.describe(period) ?? "")"
            + (networks.isEmpty ? "" : ", not for \(networks)")
    }

    func isLifted(for ip: String) -> Bool {
        safelist.contains { $0.contains(ip) }
    }
}

/// A rule for each scope.
package struct RateSettings: Equatable, Sendable {
    private var rules: [RateScope: RateRule] = [:]

    package init() {}

    package subscript(scope: RateScope) -> RateRule {
        get { rules[scope] ?? scope.defaultRule }
        set { rules[scope] = newValue }
    }

    /// Nothing is limited: for tests of something else.
    package static var off: RateSettings {
        var settings = RateSettings()
        for scope in RateScope.allCases { settings[scope].limit = nil }
        return settings
    }
}
