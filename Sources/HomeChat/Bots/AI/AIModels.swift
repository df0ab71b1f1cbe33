import Storage

/// Whom each AI bot asks, and with which key.
struct AIModels: Sendable {
    let settings: Settings.AI
    let sealer: Sealer

    /// nil where no endpoint, or no model, was set up.
    func client(
        for bot: Bot.ID, _ configuration: AIConfiguration, _ tx: borrowing Transaction
    ) throws -> ModelClient? {
        var outbound = Outbound(authorityFile: settings.authorityFile)
        outbound.limit = .seconds(configuration.timeoutSeconds)
        outbound.silence = min(ModelClient.silence, outbound.limit)
        let model = configuration.model.isEmpty ? settings.model ?? "" : configuration.model
        let ownKey = try AIConfiguration.key(of: bot, sealer, tx)
        let (endpoint, key): (String?, String?)
        if configuration.endpoint.isEmpty {
            // The operator's word, and the operator's key: it goes nowhere else.
            (endpoint, key) = (settings.endpoint, ownKey ?? settings.apiKey)
        } else {
            outbound.reach = .outside(besides: configuration.networks)
            (endpoint, key) = (configuration.endpoint, ownKey)
        }
        guard !model.isEmpty, let url = endpoint.flatMap({ ModelClient.url(of: $0, allowsPlain: true) }) else {
            return nil
        }
        return ModelClient(url: url, key: key, model: model, outbound: outbound)
    }
}

extension AIModels: Undescribed {}
