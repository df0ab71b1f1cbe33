extension SettingsKind where Value == Int? {
    /// A number, or the word `off`. Nought would close a door for good, which nobody means.
    static let rateLimit = SettingsKind(
        valueName: "NUMBER|off",
        parse: { text throws(SettingsProblem) in
            if text.lowercased() == "off" { return nil }
            guard let number = Int(text), RateRule.limits.contains(number) else {
                throw SettingsProblem("must be a whole number from 1 to \(RateRule.limits.upperBound), or off")
            }
            return number
        }, describe: { $0.map(String.init) ?? "off" })
}

extension SettingsKind where Value == Duration {
    /// `20s`, `5m`, `1h`, `7d`, or a number of seconds.
    static let period = SettingsKind(
        valueName: "TIME",
        parse: { text throws(SettingsProblem) in
            guard let span = Duration(span: text) ?? Duration(bareSeconds: text), RateRule.periods.contains(span) else {
                throw SettingsProblem("must be a time like 20s, 5m or 1h, from 1s to 7d")
            }
            return span
        }, describe: { inUnits($0.components.seconds) })

    private static func inUnits(_ seconds: Int64) -> String {
        switch seconds {
        case _ where seconds.isMultiple(of: 86_400): "\(seconds / 86_400)d"
        case _ where seconds.isMultiple(of: 3600): "\(seconds / 3600)h"
        case _ where seconds.isMultiple(of: 60): "\(seconds / 60)m"
        default: "\(seconds)s"
        }
    }
}

extension SettingsKind where Value == Network {
    static let networkValue = SettingsKind(
        valueName: "NETWORK",
        parse: { text throws(SettingsProblem) in
            guard let network = Network(text) else {
                throw SettingsProblem("must be an address or a network like 172.30.32.0/23")
            }
            return network
        }, describe: { $0.text })
}

extension Settings {
    /// A limit and a period for each scope, and a safelist where there may be one.
    static let rateLimiting: [Setting] = RateScope.allCases.flatMap { scope in
        let name = "rate_limit.\(scope.rawValue)"
        let isAPI = scope == .api
        var settings = [
            Setting(
                name + ".limit", \.rateLimits[scope].limit, .rateLimit, scope.meaning,
                olderName: isAPI ? "rack_attack_api_limit" : nil),
            Setting(
                name + ".period", \.rateLimits[scope].period, .period, "how long each of these counts",
                olderName: isAPI ? "rack_attack_api_period" : nil),
        ]
        if scope.allowsSafelist {
            settings.append(
                Setting(
                    name + ".safelist", \.rateLimits[scope].safelist, .list(.networkValue),
                    "networks for which it is not limited"))
        }
        return settings
    }
}
