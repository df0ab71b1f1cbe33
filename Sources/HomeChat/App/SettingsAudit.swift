extension Settings {
    package struct Audit: Sendable {
        /// nil: entries are kept for good.
        package var retentionDays: Int? = 90
        package var countsRequests = true

        var retention: Duration? { retentionDays.map { .days(Int64($0)) } }
    }

    /// What is written down, and for how long.
    static let auditing: [Setting] = [
        Setting(
            "audit.retention_days", \.audit.retentionDays, .days(1...36_500),
            "days that entries of the audit log are kept; off: for good"),
        Setting(
            "audit.api_requests", \.audit.countsRequests, .boolean,
            "whether the audit log counts what API tokens ask for, by route and minute"),
    ]
}

extension SettingsKind where Value == Int? {
    /// A number of days, or the word `off`. Nought would forget everything, which nobody means.
    static func days(_ range: ClosedRange<Int>) -> SettingsKind {
        SettingsKind(
            valueName: "DAYS|off",
            parse: { text throws(SettingsProblem) in
                if text.lowercased() == "off" { return nil }
                guard let number = Int(text), range.contains(number) else {
                    throw SettingsProblem(
                        "must be a whole number from \(range.lowerBound) to \(range.upperBound), or off")
                }
                return number
            }, describe: { $0.map(String.init) ?? "off" })
    }
}
