import Hummingbird

/// How a request came here, told to whoever sent it: nothing that they could not know of themselves.
struct ConnectionAPI: Sendable {
    struct Connection: Codable, Sendable {
        /// The address that limits, bans and the log see.
        let address: String
        let secure: Bool
        /// Through a proxy that we trust, which said for whom.
        let proxied: Bool
        /// Somebody sent forwarding headers whose word does not count here.
        let ignored: Bool
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let forwarding = context.forwarding
        return try JSONBody.response(
            Connection(
                address: context.client.ip, secure: context.client.isSecure,
                proxied: forwarding.map { $0.isTrusted && !$0.hops.isEmpty } ?? false,
                ignored: forwarding?.isIgnored ?? false))
    }
}
