import HTTPTypes
import Hummingbird

/// Under which names the server answers: those that are listed, those of its public addresses, and from the machine itself the
/// machine's own.
struct HostRules: Sendable {
    private let names: Set<String>
    private static let own: Set<String> = ["localhost", "127.0.0.1", "[::1]", "::1"]

    init(_ settings: Settings) {
        let listed = settings.allowedHosts
        names = listed.isEmpty ? [] : Set(listed + settings.publicURLs.compactMap { Self.name(in: $0) })
    }

    func accepts(_ authority: String?, from client: ClientAddress) -> Bool {
        guard !names.isEmpty else { return true }
        guard let name = authority.map(Self.withoutPort) else { return false }
        if names.contains(name) || names.contains(name.trimmingCharacters(in: ["[", "]"])) { return true }
        return Self.own.contains(name) && Network.loopback.contains { $0.contains(client.ip) }
    }

    /// "chat.example.org" of "Chat.Example.org:8443", "[::1]" of "[::1]:80".
    static func withoutPort(_ authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[...end]) }
        return String(text.prefix { $0 != ":" })
    }

    private static func name(in url: String) -> String? {
        url.range(of: "://").map { withoutPort(String(url[$0.upperBound...])) }
    }
}

/// Refuses requests under other names, and where TLS is forced, those that came without.
struct DoorRules: RouterMiddleware {
    typealias Context = AppContext

    let hosts: HostRules
    let forcesTLS: Bool
    let links: Links
    let publicURLs: [String]
    let counters: Counters

    init(_ settings: Settings, counters: Counters) {
        hosts = HostRules(settings)
        forcesTLS = settings.forcesTLS
        links = Links(base: settings.basePath)
        publicURLs = settings.publicURLs
        self.counters = counters
    }

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard hosts.accepts(request.head.authority, from: context.client) else {
            counters.count(.refused, "host")
            throw HTTPError(.misdirectedRequest)
        }
        guard forcesTLS, !context.client.isSecure, !Self.isForMonitors(context) else {
            return try await next(request, context)
        }
        guard !request.isForAPI, let address = secureAddress(of: request) else {
            throw ChatError.forbidden("this server takes https only")
        }
        return Response(status: .permanentRedirect, headers: [.location: address, .cacheControl: "no-store"])
    }

    /// A container's own health check asks in the clear.
    private static func isForMonitors(_ context: AppContext) -> Bool {
        ["/up", "/api/v1/health", "/api/v1/metrics/health"].contains(context.endpointPath)
    }

    /// The same host: with the port of the public address that has its name, else that of https.
    private func secureAddress(of request: Request) -> String? {
        guard let authority = request.head.authority, ContentSecurityPolicy.isHost(authority) else { return nil }
        let name = HostRules.withoutPort(authority)
        let known = publicURLs.first {
            $0.hasPrefix("https://") && HostRules.withoutPort(String($0.dropFirst("https://".count))) == name
        }
        return (known ?? "https://\(name)") + links.to(request.uri.description)
    }
}
