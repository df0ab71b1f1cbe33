import Hummingbird

/// How a request came here, told to whoever sent it: nothing that they could not know of themselves. Which addresses the
/// proxies of a house have inside it is for its admins.
struct ConnectionAPI: Sendable {
    /// A header can name many.
    private static let mostHops = 20

    struct Connection: Codable, Sendable {
        /// The address that limits, bans and the log see.
        let address: String
        let secure: Bool
        /// Through a proxy that we trust, which said for whom.
        let proxied: Bool
        /// Somebody sent forwarding headers whose word does not count here.
        let ignored: Bool
        let scheme: String
        let host: String
        /// As the headers claim, the client first, and at last who spoke to us.
        let hops: [Hop]
        let time: String
    }

    struct Hop: Codable, Sendable, Equatable {
        /// nil: a proxy of the house, and the asker no admin of it.
        let address: String?
        let trusted: Bool
    }

    let proxies: TrustedProxies?
    let now: @Sendable () -> Timestamp

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let forwarding = context.forwarding
        let isAdmin = context.principal?.isAdmin == true
        let chain = (forwarding?.hops ?? []) + (forwarding.map { [$0.peer] } ?? [])
        return try JSONBody.response(
            Connection(
                address: context.client.ip, secure: context.client.isSecure,
                proxied: forwarding.map { $0.isTrusted && !$0.hops.isEmpty } ?? false,
                ignored: forwarding?.isIgnored ?? false, scheme: context.client.isSecure ? "https" : "http",
                host: request.head.publicAuthority ?? "",
                hops: chain.suffix(Self.mostHops).map { hop in
                    let isTrusted = proxies?.isTrusted(hop) ?? false
                    let isTheirs = hop == context.client.ip
                    return Hop(address: isTrusted && !isTheirs && !isAdmin ? nil : hop, trusted: isTrusted)
                },
                time: now().iso8601))
    }
}
