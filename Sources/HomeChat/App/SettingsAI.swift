extension Settings {
    /// The language model of AI bots that name none of their own.
    package struct AI: Sendable {
        package var endpoint: String?
        package var apiKey: String?
        package var model: String?
        /// Certificates in PEM form that are believed besides those of the system.
        package var authorityFile: String?
    }

    static let assistants: [Setting] = [
        Setting(
            "ai.endpoint", \.ai.endpoint, .optional(.baseURL),
            "OpenAI-compatible endpoint of AI bots that name none of their own", environment: ["LITELLM_HOST"]),
        Setting(
            "ai.api_key", \.ai.apiKey, .optional(.secret), "the key for ai.endpoint", environment: ["LITELLM_API_KEY"],
            isSecret: true),
        Setting("ai.model", \.ai.model, .optional(.text), "model of AI bots that name none of their own"),
        Setting(
            "ai.ca_file", \.ai.authorityFile, .optional(.path),
            "certificate of a private authority that signed the endpoints'"),
    ]
}

extension Settings.AI: Undescribed {}
