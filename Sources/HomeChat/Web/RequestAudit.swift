import Hummingbird
import Logging

/// Tells the audit log what tokens ask for and what people are refused, by the route that was found: paths hold ids.
struct RequestAudit: RouterMiddleware {
    typealias Context = AppContext

    let tally: RequestTally

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard let principal = context.principal, let path = context.endpointPath else {
            return try await next(request, context)
        }
        let route = "\(request.method.rawValue) \(path)"
        tally.asked(principal, for: route)
        do {
            return try await next(request, context)
        } catch ChatError.forbidden(let reason) {
            do {
                try await tally.refused(principal, reason, at: route)
            } catch {
                // Refused it is, also where the disk is full.
                context.logger.warning("a refusal was not audited", metadata: ["error_type": "\(type(of: error))"])
            }
            throw ChatError.forbidden(reason)
        }
    }
}
