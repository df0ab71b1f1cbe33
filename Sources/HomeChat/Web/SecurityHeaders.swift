import HTTPTypes
import Hummingbird

/// The guide's four headers, a content security policy without inline anything, and what closes the rest. On every answer.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = AppContext

    let policy: ContentSecurityPolicy
    let settings: Settings.Headers
    let listeners: Listeners

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        let host = request.head.publicAuthority ?? ""
        let policy = policy.now(isSecure: context.client.isSecure)
        for field in fields(policy) where response.headers[field.name] == nil {
            response.headers[field.name] = field.value
        }
        if let own = response.headers[.contentSecurityPolicy] {
            // What brings one of its own is none of our pages, and is shown where they are.
            response.headers[.contentSecurityPolicy] = own + "; " + policy.frameDirective
        } else {
            response.headers[.contentSecurityPolicy] = policy.text(
                host: host, isSecure: context.client.isSecure,
                // A page in the clear may ask whether we are to be had over TLS, and trusted.
                further: context.client.isSecure ? nil : listeners.secureOrigin(for: host))
        }
        response.headers[.xRequestID] = context.id
        // Kept nowhere unless somebody said how long: pages and answers are about people.
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        // Behind an ingress the name is Home Assistant's, and so is what browsers are told to remember of it.
        if context.client.isSecure, Ingress.current == nil {
            response.headers[.strictTransportSecurity] = strictTransportSecurity
        }
        return response
    }

    /// For answers to what could not even be read as a request.
    func fieldsWithoutRequest(isSecure: Bool) -> HTTPFields {
        var fields = fields(policy)
        fields[.cacheControl] = "no-store"
        fields[.contentSecurityPolicy] = policy.text(host: "", isSecure: isSecure)
        if isSecure { fields[.strictTransportSecurity] = strictTransportSecurity }
        return fields
    }

    /// Those that are the same for everybody; the guide's values to the letter.
    private func fields(_ policy: ContentSecurityPolicy) -> HTTPFields {
        var fields: HTTPFields = [:]
        fields[.xFrameOptions] = policy.frameOptions
        fields.append(contentsOf: Self.constant)
        fields[.xXSSProtection] = settings.xssProtection.header
        // Not while the operator lets pictures or scripts of other sites in, which need not agree to be embedded.
        if policy.isOwnOnly { fields[.crossOriginEmbedderPolicy] = "require-corp" }
        return fields
    }

    /// RFC 6797. Two years, as the guide says.
    private var strictTransportSecurity: String {
        [
            "max-age=63072000", settings.includesSubdomains ? "includeSubDomains" : nil,
            settings.preloads ? "preload" : nil,
        ]
        .compactMap(\.self).joined(separator: "; ")
    }

    private static let constant: HTTPFields = [
        .xContentTypeOptions: "nosniff",
        .referrerPolicy: "strict-origin-when-cross-origin",
        .permissionsPolicy:
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
        .crossOriginOpenerPolicy: "same-origin",
        .crossOriginResourcePolicy: "same-origin",
    ]
}

/// `Content-Security-Policy`, from the directives that an operator may change and those that nobody may.
struct ContentSecurityPolicy: Sendable {
    private(set) var settings: Settings.ContentSecurityPolicy

    init(settings: Settings.ContentSecurityPolicy) {
        self.settings = settings
    }

    /// As it is for this request: behind Home Assistant's ingress the page is in a frame.
    func now(isSecure: Bool) -> ContentSecurityPolicy {
        guard let ingress = Ingress.current else { return self }
        var policy = self
        policy.settings.frameAncestors = ingress.frameAncestors(settings.frameAncestors, isSecure: isSecure)
        return policy
    }

    /// - Parameter host: the cable's own host: `'self'` covers WebSockets in no browser that is a few years old.
    /// - Parameter further: another origin that scripts may ask.
    func text(host: String, isSecure: Bool, further: String? = nil) -> String {
        let cable = Self.isHost(host) ? ["\(isSecure ? "wss" : "ws")://\(host)"] : []
        return [
            directive("default-src", settings.defaultSources),
            directive("font-src", settings.fontSources),
            directive("img-src", settings.imageSources),
            directive("script-src", settings.scriptSources),
            directive("style-src", settings.styleSources),
            directive("connect-src", settings.connectSources + cable + [further].compactMap(\.self)),
            frameDirective, "object-src 'none'", "base-uri 'none'", "form-action 'self'",
        ].joined(separator: "; ")
    }

    var frameDirective: String { directive("frame-ancestors", settings.frameAncestors) }

    /// Nothing is loaded from elsewhere.
    var isOwnOnly: Bool {
        [
            settings.defaultSources, settings.fontSources, settings.imageSources, settings.scriptSources,
            settings.styleSources,
        ].joined().allSatisfy { $0.hasPrefix("'") || $0 == "data:" || $0 == "blob:" }
    }

    /// `X-Frame-Options`, for browsers that know no `frame-ancestors`.
    /// - Returns: nil where other hosts may frame the page: it has no word for that.
    var frameOptions: String? {
        switch settings.frameAncestors {
        case ["'none'"]: "DENY"
        case ["'self'"]: "SAMEORIGIN"
        default: nil
        }
    }

    static func isHost(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isHostCharacter)
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
    static let crossOriginEmbedderPolicy = HTTPField.Name("Cross-Origin-Embedder-Policy")!
    static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
}
