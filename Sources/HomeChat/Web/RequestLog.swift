import Hummingbird
import Logging

/// One line for each request: what was asked and what came of it, never the query, a header or a body.
struct RequestLog: RouterMiddleware {
    typealias Context = AppContext

    let proxies: TrustedProxies
    let maximumBody: Int
    let clock = ContinuousClock()

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.client = proxies.client(
            peer: context.peer?.ipAddress, isSecure: request.head.scheme == "https", headers: request.headers)
        context.maximumBody = maximumBody
        let start = clock.now
        let response = try await next(request, context)
        let level: Logger.Level = response.status.code >= 500 ? .error : .debug
        context.logger.log(
            level: level, "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)",
                "ms": "\(start.duration(to: clock.now).milliseconds)", "ip": "\(context.client.ip)",
            ])
        return response
    }
}
