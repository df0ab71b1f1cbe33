import HTTPTypes
import Hummingbird

/// What a path takes, for whoever asks or uses another method (RFC 9110, 9.1 and 15.5.6).
struct MethodRules: RouterMiddleware {
    typealias Context = AppContext

    private struct Route: Sendable {
        let parts: [Substring]
        let method: HTTPRequest.Method
    }

    private let routes: [Route]
    private static let known: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect, .query,
    ]

    init(of router: Router<AppContext>) {
        routes = router.routes.map { Route(parts: $0.path.description.parts, method: $0.method) }
    }

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard context.endpointPath == nil else { return try await next(request, context) }
        guard Self.known.contains(request.method) else { throw HTTPError(.notImplemented) }
        let methods = methods(of: request.uri.path)
        guard !methods.isEmpty || request.method == .trace || request.method == .connect else {
            return try await next(request, context)
        }
        let allowed = methods.joined(separator: ", ")
        guard request.method == .options else {
            throw HTTPError(.methodNotAllowed, headers: [.allow: allowed])
        }
        return Response(status: .noContent, headers: [.allow: allowed, .cacheControl: "no-store"])
    }

    private func methods(of path: String) -> [String] {
        let parts = path.parts
        let found = routes.filter { Self.matches($0.parts, parts) }.map(\.method.rawValue)
        guard !found.isEmpty else { return [] }
        return Set(found + ["OPTIONS"] + (found.contains("GET") ? ["HEAD"] : [])).sorted()
    }

    private static func matches(_ route: [Substring], _ path: [Substring]) -> Bool {
        if route.last == "**" {
            return path.count >= route.count && zip(route.dropLast(), path).allSatisfy(Self.fits)
        }
        return route.count == path.count && zip(route, path).allSatisfy(Self.fits)
    }

    private static func fits(_ part: Substring, _ given: Substring) -> Bool {
        part.hasPrefix("{") || part == given
    }
}

extension HTTPRequest.Method {
    /// Reading with a body (RFC 10008), which no route of ours takes.
    fileprivate static let query = HTTPRequest.Method("QUERY")!
}

extension String {
    fileprivate var parts: [Substring] { split(separator: "/") }
}
