import Storage

/// What webhooks sign with and what AI services know us by: whether each of them opens with the master key, as sealed values do.
struct OutsideSecretsCheck: Sendable {
    static let question = DoctorQuestion("outside_secrets", "Secrets of webhooks and of AI services are sealed")

    let settings: Settings
    let database: any Database

    func check() async throws -> DoctorCheck {
        let keyID = try await database.read { tx in try SealedSecret.keyID(tx) }
        let (webhooks, keys, strays) = try await database.read { tx in
            let webhooks = try Bot.sealedSecrets(tx)
            let keys = try AIConfiguration.sealedKeys(tx)
            let strays = (webhooks + keys).filter { (try? MasterKey.id(of: $0)) != keyID }.count
            return (webhooks.count, keys.count, strays)
        }
        guard strays == 0 else {
            return Self.question.fail(
                "\(strays) of them are not sealed with the present master key", fix: "renew these secrets and keys")
        }
        guard settings.ai.apiKey == nil || settings.ai.endpoint.map(Self.isPrivateOrSecure) ?? true else {
            return Self.question.warn(
                "ai.api_key goes to ai.endpoint without TLS", fix: "give ai.endpoint an https address")
        }
        let given = settings.ai.apiKey == nil ? "" : "; one more AI key is in the settings"
        return Self.question.pass("\(webhooks) of webhooks, \(keys) of AI services, all sealed\(given)")
    }

    private static func isPrivateOrSecure(_ endpoint: String) -> Bool {
        guard let url = OutboundURL(endpoint, allowsPlain: true) else { return false }
        return url.text.hasPrefix("https:") || Network.isPrivate(url.host) || !url.host.contains(".")
    }
}
