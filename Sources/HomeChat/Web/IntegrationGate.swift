import Hummingbird

/// Where the operator wants neither bots nor webhooks: what is theirs is refused, and what they bring is not taken.
struct IntegrationGate: RouterMiddleware {
    typealias Context = AppContext

    private static let routes = ["/api/v1/bots", "/api/v1/webhooks/", "/hooks/"]

    let isOpen: Bool

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard isOpen || !isForIntegrations(context) else {
            throw ChatError.forbidden("bots and webhooks are turned off on this server")
        }
        return try await next(request, context)
    }

    private func isForIntegrations(_ context: AppContext) -> Bool {
        if context.principal?.bot != nil { return true }
        guard let path = context.endpointPath else { return false }
        return Self.routes.contains { path.hasPrefix($0) }
    }
}
