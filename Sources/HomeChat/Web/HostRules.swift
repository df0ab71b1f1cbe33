import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Under which names the server answers: those that are listed, those of its public addresses and certificates, and from the
/// machine itself the machine's own.
struct HostRules: Sendable {
    private let names: Set<String>
    private static let own: Set<String> = ["localhost", "127.0.0.1", "[::1]", "::1"]

    init(_ settings: Settings) {
        let listed = settings.allowedHosts
        names = listed.isEmpty ? [] : Set(listed + settings.toldNames)
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
}

/// Refuses requests under other names, and where TLS is forced, those that came without.
struct DoorRules: RouterMiddleware {
    typealias Context = AppContext

    let hosts: HostRules
    let forcesTLS: Bool
    let links: Links
    let publicURLs: [String]
    let listeners: Listeners
    let counters: Counters
    /// Routes that answer in the clear all the same.
    private let openPaths: Set<String>

    /// - Parameter door: by the plain one nothing is served that is not public.
    init(_ settings: Settings, door: Listeners.Door = .main, listeners: Listeners, counters: Counters) {
        hosts = HostRules(settings)
        forcesTLS = settings.forcesTLS || door == .plain
        self.listeners = listeners
        var openPaths = Self.monitors
        if settings.tls.mode == .acme { openPaths.insert(Challenges.path + "{token}") }
        if settings.tls.mode == .local { openPaths.formUnion(TrustPages.paths + Self.files) }
        self.openPaths = openPaths
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
        guard forcesTLS, !context.client.isSecure, !isOpen(context) else {
            return try await next(request, context)
        }
        guard let address = secureAddress(request.head) else {
            throw ChatError.forbidden("this server takes https only")
        }
        return Response(status: .permanentRedirect, headers: [.location: address, .cacheControl: "no-store"])
    }

    private func isOpen(_ context: AppContext) -> Bool {
        context.endpointPath.map(openPaths.contains) ?? false
    }

    /// A container's own health check asks in the clear.
    private static let monitors: Set<String> = ["/up", "/api/v1/health", "/api/v1/metrics/health"]
    /// What public pages are made of.
    private static let files = ["/assets/{digest}/**", "/favicon.ico", "/icon.png", "/icon.svg"]

    /// The same host where it is ours: with the port of the public address that has its name, else that of our own TLS, or
    /// of https.
    /// - Returns: nil for the API: a script that was led elsewhere would send its token twice, the first time in the clear.
    @Sendable func secureAddress(_ head: HTTPRequest) -> String? {
        let uri = URI(links.withoutBase(head.path ?? "/"))
        guard !uri.isForAPI, let authority = head.authority, ContentSecurityPolicy.isHost(authority) else { return nil }
        // A target may be a whole address (RFC 9112, 3.2.2), and then of any host.
        let path = links.to(uri.string.hasPrefix("/") ? uri.string : uri.path)
        if let origin = listeners.secureOrigin(for: authority) { return origin + path }
        let name = HostRules.withoutPort(authority)
        let known = publicURLs.first {
            $0.hasPrefix("https://") && HostRules.withoutPort(String($0.dropFirst("https://".count))) == name
        }
        return (known ?? "https://\(name)") + path
    }
}
