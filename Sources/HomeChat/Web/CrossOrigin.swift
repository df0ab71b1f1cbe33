import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Lets the scripts of named origins call the API with a token (Fetch standard, "CORS protocol"). Never with cookies, and an
/// origin comes back only because it is on the list.
struct CrossOrigin: RouterMiddleware {
    typealias Context = AppContext

    let allowed: Set<String>

    private static let exposed = [
        "X-RateLimit-Limit", "X-RateLimit-Remaining", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id",
    ].joined(separator: ", ")

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard !allowed.isEmpty, request.isForAPI else { return try await next(request, context) }
        guard let origin = request.headers[.origin]?.lowercased(), allowed.contains(origin) else {
            var response = try await next(request, context)
            response.headers.vary(by: "Origin")
            return response
        }
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        var response = isPreflight ? Self.preflight : try await next(request, context)
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.exposed
        // A browser would keep the answer from the very page that may have it.
        response.headers[.crossOriginResourcePolicy] = "cross-origin"
        response.headers.vary(by: "Origin")
        return response
    }

    private static var preflight: Response {
        Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
                .accessControlAllowHeaders: "Authorization, Content-Type, X-API-Key",
                .accessControlMaxAge: "600", .cacheControl: "no-store",
            ])
    }
}

extension HTTPFields {
    mutating func vary(by name: String) {
        self[.vary] = self[.vary].map { "\($0), \(name)" } ?? name
    }
}

extension Request {
    var isForAPI: Bool { uri.isForAPI }
}

extension URI {
    /// A webhook's address with the secret in it, however it is spelled.
    var holdsSecret: Bool {
        (path.removingPercentEncoding ?? path).split(separator: "/").first?.lowercased() == "hooks"
    }

    /// The path without what must not be written down: secrets in it, and the ids of webhooks, which are as good as secrets at
    /// the other end.
    var loggedPath: String {
        var hidesNext = false
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            let plain = String(part).removingPercentEncoding ?? String(part)
            defer { if !plain.isEmpty { hidesNext = hidesNext || ["hooks", "webhooks"].contains(plain.lowercased()) } }
            return hidesNext && !plain.isEmpty || plain.isLikeSecret ? "…" : String(part)
        }
        return parts.joined(separator: "/")
    }

    /// However the path is spelled. What no route knows may be taken for the API: it is a 404 all the same.
    var isForAPI: Bool {
        let path = path.removingPercentEncoding ?? path
        return path.split(separator: "/").first?.lowercased() == "api"
    }
}

extension String {
    /// As many hexadecimal digits in a row as only keys have.
    fileprivate var isLikeSecret: Bool {
        var run = 0
        for character in utf8 {
            run = UnicodeScalar(character).properties.isASCIIHexDigit ? run + 1 : 0
            if run >= 32 { return true }
        }
        return false
    }
}
