extension Settings {
    /// How mail leaves the house.
    package struct Mail: Sendable {
        /// `smtps://host:465`, or `smtp://host:587`, which has to offer TLS unless it is this machine.
        package var url: String?
        package var username: String?
        package var password: String?
        package var from: String?
        /// A certificate authority of the household's own.
        package var authorityFile: String?
    }
}

extension SettingsKind where Value == String {
    static let smtpServer = SettingsKind(
        valueName: "URL",
        parse: { text throws(SettingsProblem) in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, ["smtp:", "smtps:"].contains(parts[0]), parts[1].isEmpty, !parts[2].isEmpty,
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("@"), !text.contains("?")
            else { throw SettingsProblem("must be smtps://host:465 or smtp://host:587") }
            return text
        }, describe: { $0 })

    static let email = SettingsKind(
        valueName: "ADDRESS",
        parse: { text throws(SettingsProblem) in
            guard let address = try? EmailAddress(text) else {
                throw SettingsProblem("must be an address like chat@example.org")
            }
            return address.text
        }, describe: { $0 })
}
