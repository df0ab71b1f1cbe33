import Storage

/// Rows of `settings` that begin with `rate_limit.`: what an admin chose instead of what is configured.
struct ChosenRules: Sendable {
    private var values: [String: String] = [:]

    /// A value that cannot be read, from a newer version, say, leaves what is configured.
    func rule(_ scope: RateScope, configured: RateRule) -> RateRule {
        var rule = configured
        if let text = values[Self.name(scope, "limit")] {
            // "off" is read as nil, so `try?` would not do.
            do { rule.limit = try SettingsKind.rateLimit.parse(text) } catch { rule.limit = configured.limit }
        }
        if let text = values[Self.name(scope, "period")], let period = try? SettingsKind.period.parse(text) {
            rule.period = period
        }
        if scope.allowsSafelist, let text = values[Self.name(scope, "safelist")],
            let networks = try? SettingsKind.list(.networkValue).parse(text)
        {
            rule.safelist = networks
        }
        return rule
    }

    private static func name(_ scope: RateScope, _ part: String) -> String { "rate_limit.\(scope.rawValue).\(part)" }
}

extension ChosenRules {
    private struct Entry: RowDecodable {
        let key: String
        let value: String

        init(row: Row) throws {
            key = try row["key"]
            value = try row["value"]
        }
    }

    static func load(_ tx: borrowing Transaction) throws -> ChosenRules {
        let entries: [Entry] = try tx.fetchAll(
            "SELECT key, value FROM settings WHERE key LIKE 'rate_limit.%' LIMIT 1000")
        var rules = ChosenRules()
        for entry in entries { rules.values[entry.key] = entry.value }
        return rules
    }

    /// nil: as configured.
    static func keep(_ rule: RateRule?, for scope: RateScope, _ tx: borrowing Transaction) throws {
        let values: [(String, String?)] = [
            ("limit", rule.flatMap { SettingsKind.rateLimit.describe($0.limit) }),
            ("period", rule.flatMap { SettingsKind.period.describe($0.period) }),
            ("safelist", rule.flatMap { SettingsKind.list(.networkValue).describe($0.safelist) }),
        ]
        for (part, value) in values {
            let key = name(scope, part)
            try tx.execute("DELETE FROM settings WHERE key = \(key)")
            if let value { try tx.execute("INSERT INTO settings (key, value) VALUES (\(key), \(value))") }
        }
    }
}
