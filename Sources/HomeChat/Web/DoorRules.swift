import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Refuses requests under other names, and where TLS is forced, those that came without.
struct DoorRules: RouterMiddleware {
    typealias Context = AppContext

    let door: Listeners.Door
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
        self.door = door
        hosts = HostRules(settings)
        forcesTLS = settings.forcesTLS(by: door)
        self.listeners = listeners
        var openPaths = PublicRoutes.monitors
        if settings.tls.mode == .acme { openPaths.insert(Challenges.route) }
        if settings.tls.mode == .local {
            openPaths.formUnion(TrustPages.Route.allCases.map(\.rawValue) + PublicRoutes.files)
        }
        self.openPaths = openPaths
        links = Links(base: settings.basePath)
        publicURLs = settings.publicURLs
        self.counters = counters
    }

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard hosts.accepts(request.head.publicAuthority, from: context.client) else {
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

    /// The same host where it is ours: with the port of the public address that has its name, else that of our own TLS, or
    /// of https.
    /// - Returns: nil for the API: a script that was led elsewhere would send its token twice, the first time in the clear.
    ///   And for the administration: what leads elsewhere leads to where it is not.
    @Sendable func secureAddress(_ head: HTTPRequest) -> String? {
        let uri = URI(links.withoutBase(head.path ?? "/"))
        guard door != .administration, !uri.isForAPI, !uri.holdsSecret, let authority = head.publicAuthority,
            ContentSecurityPolicy.isHost(authority)
        else { return nil }
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
