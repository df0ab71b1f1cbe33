import HTTPTypes

/// What Home Assistant's ingress says about the page that it shows in a frame of its own: below which path, and on which host.
///
/// It belongs to one request: the same server is reached directly as well. So it goes with the task, and whatever makes a
/// link, a cookie or a look at an origin asks here.
struct Ingress: Sendable, Equatable {
    @TaskLocal static var current: Ingress?

    static let longestPrefix = 200

    /// "/prefix", of plain segments, without a slash at its end.
    let prefix: String
    /// Where the browser is, with the port; nil: as the request says itself.
    let host: String?

    /// nil for everybody else's requests, and for what is no path: it becomes part of pages and of cookies.
    init?(_ headers: HTTPFields, isTrusted: Bool) {
        guard isTrusted, let text = headers[.xIngressPath], text.utf8.count <= Self.longestPrefix,
            let path = try? SettingsKind<String>.basePath.parse(text), !path.isEmpty,
            !path.split(separator: "/").contains(".")
        else { return nil }
        prefix = path
        host = headers[.xForwardedHost].flatMap { ContentSecurityPolicy.isHost($0) ? $0.lowercased() : nil }
    }

    static func passing<Answer>(
        _ ingress: Ingress?, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Answer
    ) async rethrows -> Answer {
        guard let ingress else { return try await body() }
        return try await $current.withValue(ingress, operation: body, isolation: isolation)
    }

    /// Who may show the page in a frame: Home Assistant, beside whoever else may.
    func frameAncestors(_ others: [String], isSecure: Bool) -> [String] {
        let origin = host.map { "\(isSecure ? "https" : "http")://\($0)" }
        return ["'self'"] + [origin].compactMap(\.self) + others.filter { !["'self'", "'none'", origin].contains($0) }
    }
}

extension HTTPRequest {
    /// The host that the browser knows us by.
    var publicAuthority: String? { Ingress.current?.host ?? authority }
}

extension HTTPField.Name {
    static let xIngressPath = HTTPField.Name("X-Ingress-Path")!
}
