import HTTPTypes
import Hummingbird

/// The budget of the API, by address, before anything is looked up; told in headers with every answer of the API.
struct APIRateLimit: RouterMiddleware {
    typealias Context = AppContext

    let limits: RateLimits
    let errors: ErrorResponses

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard context.routedScope(request) == .api else { return try await next(request, context) }
        do {
            let verdict = try limits.spend(.api, .address(context.client.ip))
            var response = try await next(request, context)
            // A refusal by a narrower rule tells of that rule.
            if let verdict, response.headers[.rateLimit] == nil { response.headers.tell(verdict) }
            return response
        } catch let refusal as RateRefusal {
            return await errors.answer(refusal, request, context)
        }
    }
}

/// The budgets of the page and of files: by session, or by address for whoever has none.
struct PageRateLimit: RouterMiddleware {
    typealias Context = AppContext

    let limits: RateLimits

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        if let scope = context.routedScope(request), scope != .api {
            if case .session(let session)? = context.principal?.credential {
                try limits.spend(scope, .session(session), from: context.client.ip)
            } else {
                try limits.spend(scope, .address(context.client.ip))
            }
        }
        return try await next(request, context)
    }
}

extension AppContext {
    /// Which budget a request draws on, decided by the route that it found and not by how its path is spelled.
    func routedScope(_ request: Request) -> RateScope? {
        guard let route = endpointPath else { return request.isForAPI ? .api : .page }
        if PublicRoutes.uncounted.contains(route) { return nil }
        if PublicRoutes.sentFiles.contains(route) { return .file }
        return route.hasPrefix("/api/") ? .api : .page
    }
}

extension HTTPFields {
    /// The names that existing clients read, and those of the IETF draft (draft-ietf-httpapi-ratelimit-headers-10).
    mutating func tell(_ verdict: RateVerdict) {
        let seconds = (verdict.wait.milliseconds + 999) / 1000
        self[.xRateLimitLimit] = String(verdict.limit)
        self[.xRateLimitRemaining] = String(verdict.remaining)
        let name = verdict.scope.rawValue
        self[.rateLimitPolicy] = "\"\(name)\";q=\(verdict.limit);w=\(verdict.period.components.seconds)"
        self[.rateLimit] = "\"\(name)\";r=\(verdict.remaining);t=\(seconds)"
    }
}

extension HTTPField.Name {
    static let xRateLimitLimit = HTTPField.Name("X-RateLimit-Limit")!
    static let xRateLimitRemaining = HTTPField.Name("X-RateLimit-Remaining")!
    static let rateLimit = HTTPField.Name("RateLimit")!
    static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
}
