import Hummingbird

/// What a request says about the way that it took, as it came: kept for the page that tells the truth about proxies.
struct Forwarding: Sendable {
    /// The other end of the connection.
    let peer: String
    let isTrusted: Bool
    /// What the headers claim, the client first.
    let hops: [String]
    let scheme: String?
    let forwardedHost: String?
    let hasHeaders: Bool

    init(peer: String?, _ request: Request, _ proxies: TrustedProxies) {
        self.peer = peer ?? "unknown"
        isTrusted = peer.map(proxies.isTrusted) ?? false
        hops = proxies.hops(request.headers)
        scheme = request.headers[.xForwardedProto]
        forwardedHost = request.headers[.xForwardedHost]
        hasHeaders = request.headers.hasForwarding
    }

    /// Sent by somebody whose word does not count.
    var isIgnored: Bool { hasHeaders && !isTrusted }

    /// A proxy is at work and whoever is behind it cannot be told apart: it is not trusted, or it says nothing.
    var hidesClients: Bool {
        guard Network.isPrivate(peer) else { return false }
        return isTrusted ? hops.isEmpty && !Network.isThisMachine(peer) : hasHeaders
    }
}
