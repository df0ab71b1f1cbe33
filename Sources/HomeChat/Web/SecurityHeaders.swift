import HTTPTypes
import Hummingbird

/// The guide's four headers, a content security policy without inline anything, and what closes the rest. On every answer.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = AppContext

    let policy: ContentSecurityPolicy

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        let host = request.head.authority ?? ""
        for field in Self.fields where response.headers[field.name] == nil {
            response.headers[field.name] = field.value
        }
        response.headers[.contentSecurityPolicy] = policy.text(host: host, isSecure: context.client.isSecure)
        response.headers[.xRequestID] = context.id
        return response
    }

    /// For answers to what could not even be read as a request.
    var fieldsWithoutRequest: HTTPFields {
        var fields = Self.fields
        fields[.contentSecurityPolicy] = policy.text(host: "", isSecure: false)
        return fields
    }

    /// Those that are the same for everybody; the guide's values to the letter.
    static let fields: HTTPFields = [
        .xFrameOptions: "SAMEORIGIN",
        .xContentTypeOptions: "nosniff",
        .xXSSProtection: "1; mode=block",
        .referrerPolicy: "strict-origin-when-cross-origin",
        .permissionsPolicy:
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
        .crossOriginOpenerPolicy: "same-origin",
        .crossOriginResourcePolicy: "same-origin",
    ]
}

/// `Content-Security-Policy`, from the directives that an operator may change and those that nobody may.
struct ContentSecurityPolicy: Sendable {
    let settings: Settings.ContentSecurityPolicy

    /// - Parameter host: the cable's own host: `'self'` covers WebSockets in no browser that is a few years old.
    func text(host: String, isSecure: Bool) -> String {
        let isHostName = !host.isEmpty && host.utf8.allSatisfy(Self.isHostCharacter)
        let cable = isHostName ? ["\(isSecure ? "wss" : "ws")://\(host)"] : []
        return [
            directive("default-src", settings.defaultSources),
            directive("font-src", settings.fontSources),
            directive("img-src", settings.imageSources),
            directive("script-src", settings.scriptSources),
            directive("style-src", settings.styleSources),
            directive("connect-src", settings.connectSources + cable),
            directive("frame-ancestors", settings.frameAncestors),
            "object-src 'none'", "base-uri 'none'", "form-action 'self'",
        ].joined(separator: "; ")
    }

    private func directive(_ name: String, _ sources: [String]) -> String {
        "\(name) \(sources.joined(separator: " "))"
    }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
        default: false
        }
    }
}

extension HTTPField.Name {
    static let xFrameOptions = HTTPField.Name("X-Frame-Options")!
    static let xXSSProtection = HTTPField.Name("X-XSS-Protection")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
}
