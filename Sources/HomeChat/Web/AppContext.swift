import Hummingbird
import Logging
import NIOCore
import NIOHTTPTypes

/// What is known of one request on its way through the middleware to its handler.
struct AppContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any NIOCore.Channel
    /// The other end of the connection: a proxy, or the client itself.
    let peer: SocketAddress?
    /// Whoever the request comes from, by the proxies that we trust.
    var client: ClientAddress
    /// How it came here, as the headers say.
    var forwarding: Forwarding?
    var principal: Principal?
    /// The session's secret, when a cookie brought it: forms carry a token made from it.
    var sessionSecret: String?
    /// The bearer secret did not work. Kept apart from "none", because a bad token must not fall back to a cookie.
    var hasBadToken = false
    /// Bytes of a request that are read at most.
    var maximumBody = 1 << 20

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        peer = source.channel.remoteAddress
        client = ClientAddress(ip: peer?.ipAddress ?? "unknown", isSecure: false)
    }

    func caller(of request: Request) -> Caller {
        Caller(ipAddress: client.ip, userAgent: request.headers[.userAgent] ?? "", requestID: id)
    }

    /// For clients that send no large body before they are told to, as curl does (RFC 9110, 10.1.1).
    func inviteBody(of request: Request) async throws {
        guard request.headers[.expect]?.lowercased() == "100-continue" else { return }
        try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
    }

    func requirePrincipal() throws -> Principal {
        guard let principal else { throw ChatError.unauthenticated }
        try principal.requireTurnedOn()
        return principal
    }

    /// An id in the path. What cannot be an id is as unknown as one that nobody has.
    func id<Entity>(_ name: String = "id", of what: String) throws -> Identifier<Entity> {
        guard let text = parameters.get(name), let id = Identifier<Entity>(text) else { throw ChatError.notFound(what) }
        return id
    }
}
