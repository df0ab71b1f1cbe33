import Hummingbird
import Logging

/// Finds out where a request comes from, and writes one line for it: what was asked and what came of it, never the query, a
/// header or a body.
struct RequestLog: RouterMiddleware {
    typealias Context = AppContext

    let proxies: TrustedProxies
    let watch: ProxyWatch
    let counters: Counters
    let maximumBody: Int
    let clock = ContinuousClock()

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var (request, context) = (request, context)
        let peer = context.peer?.ipAddress
        let forwarding = Forwarding(peer: peer, request, proxies)
        watch.note(forwarding)
        context.forwarding = forwarding
        context.client = proxies.client(
            peer: peer, isSecure: request.head.scheme == "https", headers: request.headers)
        context.maximumBody = maximumBody
        if forwarding.isIgnored {
            counters.count(.forwardingDropped)
            var head = request.head
            head.headerFields.dropForwarding()
            request = Request(head: head, body: request.body)
        }
        let start = clock.now
        let ingress = Ingress(request.headers, isTrusted: forwarding.isTrusted)
        let response = try await Ingress.passing(ingress) { try await next(request, context) }
        let level: Logger.Level = response.status.code >= 500 ? .error : .debug
        context.logger.log(
            level: level, "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.loggedPath)",
                "status": "\(response.status.code)",
                "ms": "\(start.duration(to: clock.now).milliseconds)", "ip": "\(context.client.ip)",
            ])
        return response
    }
}
