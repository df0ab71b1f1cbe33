extension Settings {
    /// The house that HomeChat talks with.
    package struct HomeAssistant: Sendable {
        package var isEnabled = true
        /// Where its webhooks are; nil: it is told nothing.
        package var url: String?
        /// A long-lived access token, for bots that may look at states and call services.
        package var token: String?
        /// Certificates in PEM form that are believed besides those of the system.
        package var authorityFile: String?
    }

    static let bots: [Setting] = [
        Setting(
            "webhook_base_url", \.webhookBaseURL, .optional(.origin),
            "address that webhooks are shown with; the first public_url if unset", environment: ["WEBHOOK_BASE_URL"]),
        Setting(
            "home_assistant.url", \.homeAssistant.url, .optional(.baseURL),
            "where Home Assistant takes webhooks, like http://homeassistant.local:8123",
            environment: ["HOMEASSISTANT_URL"], olderName: "home_assistant_url"),
        Setting(
            "home_assistant.token", \.homeAssistant.token, .optional(.secret),
            "long-lived access token for bots that look at states and call services", isSecret: true),
        Setting(
            "home_assistant.ca_file", \.homeAssistant.authorityFile, .optional(.path),
            "certificate of a private authority that signed Home Assistant's"),
    ]
}

extension Settings.HomeAssistant: Undescribed {}

extension SettingsKind where Value == String {
    /// An address that paths are put behind; it may have a path of its own.
    static let baseURL = SettingsKind(
        valueName: "URL",
        parse: { text throws(SettingsProblem) in
            let text = text.hasSuffix("/") ? String(text.dropLast()) : text
            guard OutboundURL(text, allowsPlain: true) != nil, !text.contains("?") else {
                throw SettingsProblem("must be an address like http://homeassistant.local:8123")
            }
            return text
        }, describe: { $0 })
}
