import Hummingbird

/// Where a bot's requests come in, as whoever sets up the other end has to write it.
struct WebhookAddress: Sendable {
    /// Of this server as others reach it; empty: by whatever name the reader came.
    let base: String?
    let basePath: String

    init(_ settings: Settings) {
        base = settings.webhookBaseURL ?? settings.publicURLs.first
        basePath = settings.basePath
    }

    func url(of bot: Bot, for request: Request, _ context: AppContext) -> String? {
        bot.webhookID.map { origin(of: request, context) + "/api/v1/webhooks/\($0)" }
    }

    /// With the secret in it; for a bot whose credential is `url`.
    func secretURL(_ secret: WebhookSecret, for request: Request, _ context: AppContext) -> String {
        origin(of: request, context) + "/hooks/\(secret.text)"
    }

    func origin(of request: Request, _ context: AppContext) -> String {
        if let base { return base + basePath }
        let scheme = context.client.isSecure ? "https" : "http"
        return "\(scheme)://\(request.head.authority ?? "localhost")" + basePath
    }
}
