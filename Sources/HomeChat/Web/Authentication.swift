import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// Finds out who asks: a bearer token, an `X-API-Key`, or the session cookie. A token that is there decides alone.
struct Authentication: RouterMiddleware {
    typealias Context = AppContext

    let credentials: Credentials
    let cookies: SessionCookies
    let origins: Origins
    let limits: RateLimits

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        if let route = context.endpointPath, PublicRoutes.webhooks.contains(route) {
            // The secret of a webhook is no token, and whoever sends it guesses none.
            return try await next(request, context)
        }
        var context = context
        switch BearerSecret(request.headers) {
        case .none:
            try await admitCookie(request, &context)
        case .one(let secret):
            context.principal = try await limits.guardingGuesses(secret, from: context.client) {
                try await credentials.principal(bearer: secret, from: context.caller(of: request))
            }
            context.hasBadToken = context.principal == nil
        case .contradictory:
            context.hasBadToken = true
        }
        let caller = context.caller(of: request)
        context.principal?.caller = caller
        if context.principal == nil { try requireSameSite(request, context) }
        return try await next(request, context)
    }

    /// A cookie speaks for the person only when the request comes from our own page.
    private func admitCookie(_ request: Request, _ context: inout AppContext) async throws {
        guard let secret = cookies.secret(in: request, isSecure: context.client.isSecure),
            let principal = try await credentials.principal(cookie: secret, from: context.caller(of: request))
        else { return }
        if !request.method.isSafe {
            guard
                origins.isOwn(request, isSecure: context.client.isSecure)
                    || CSRFToken(of: secret).matches(request.headers[.xCSRFToken])
            else { throw ChatError.forbidden("this request did not come from HomeChat's own page") }
        }
        context.principal = principal
        context.sessionSecret = secret
    }

    /// Signing somebody in from a foreign page is an attack as well.
    private func requireSameSite(_ request: Request, _ context: AppContext) throws {
        guard !request.method.isSafe, !request.uri.path.hasPrefix("/api/"),
            origins.isForeign(request, isSecure: context.client.isSecure)
        else { return }
        throw ChatError.forbidden("this request did not come from HomeChat's own page")
    }
}

/// What a client shows instead of a cookie.
enum BearerSecret: Equatable {
    case none
    case one(String)
    /// Two different ones.
    case contradictory

    init(_ headers: HTTPFields) {
        let bearer = headers[.authorization].flatMap(Self.bearer)
        let key = headers[.xAPIKey].map { $0.trimmingCharacters(in: .whitespaces) }
        switch (bearer, key) {
        case (nil, nil): self = .none
        case (let secret?, nil), (nil, let secret?): self = .one(secret)
        case (let bearer?, let key?): self = bearer == key ? .one(bearer) : .contradictory
        }
    }

    /// `Bearer x` in any case, or the bare token. Other schemes are a proxy's business, not ours.
    private static func bearer(_ value: String) -> String? {
        let words = value.split(separator: " ", maxSplits: 1)
        switch words.count {
        case 1: return String(words[0])
        case 2 where words[0].lowercased() == "bearer": return words[1].trimmingCharacters(in: .whitespaces)
        default: return nil
        }
    }
}

extension HTTPRequest.Method {
    var isSafe: Bool { self == .get || self == .head || self == .options }
}

/// The token that our forms carry, made from the session's secret: another site cannot know it, and nothing is stored.
struct CSRFToken: Sendable {
    let text: String

    init(of sessionSecret: String) {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("csrf".utf8), using: SymmetricKey(data: Data(sessionSecret.utf8)))
        text = Data(code).base64EncodedString().filter { $0.isLetter || $0.isNumber }
    }

    func matches(_ other: String?) -> Bool {
        guard let other, other.utf8.count == text.utf8.count else { return false }
        return zip(text.utf8, other.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
