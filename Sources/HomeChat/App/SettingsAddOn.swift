extension Settings {
    /// What Home Assistant's add-on tells the server about the place that it runs in.
    static let addOn: [Setting] = [
        Setting(
            "home_assistant.addon", \.isAddOn, .boolean, "whether this is Home Assistant's add-on",
            environment: ["HOME_ASSISTANT_ADDON"]),
        Setting(
            "home_assistant.create_token", \.makesAddOnToken, .boolean,
            "whether a token for Home Assistant is made, in a file of the data folder",
            environment: ["AUTO_CREATE_API_TOKEN"]),
        Setting(
            "home_assistant.enabled", \.homeAssistant.isEnabled, .boolean, "whether Home Assistant is told anything",
            environment: ["HOME_ASSISTANT_INTEGRATION"]),
        Setting(
            "integrations.enabled", \.allowsIntegrations, .boolean, "whether there are bots and webhooks",
            environment: ["ENABLE_INTEGRATIONS"]),
    ]

    /// What is turned off has no address, however many others name one.
    mutating func settleIntegrations() {
        guard !homeAssistant.isEnabled || !allowsIntegrations else { return }
        homeAssistant.url = nil
        homeAssistant.token = nil
    }

    /// What the Rails server needed. How many threads it should have had is not worth a word.
    private static let unused = [
        "RAILS_MASTER_KEY", "SECRET_KEY_BASE", "RAILS_ASSUME_SSL", "RAILS_FORCE_SSL", "RAILS_ALLOW_INSECURE_HTTP",
        "AR_ENCRYPTION_PRIMARY_KEY", "AR_ENCRYPTION_DETERMINISTIC_KEY", "AR_ENCRYPTION_KEY_DERIVATION_SALT",
    ]

    /// One line for all of them.
    mutating func remarkUnused(_ environment: [String: String]) {
        let given = Self.unused.filter { environment[$0]?.isEmpty == false }
        guard let last = given.last else { return }
        let first = given.dropLast().joined(separator: ", ")
        remarks.append(
            given.count == 1
                ? "\(last) is set; HomeChat does not need it"
                : "\(first) and \(last) are set; HomeChat does not need them")
    }
}
