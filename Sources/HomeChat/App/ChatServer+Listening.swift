import Cable
import Certificates
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Storage

/// Where clients come in, once they can.
package struct OpenListeners: Sendable {
    package let address: SocketAddress
    /// Where plain HTTP is led to the other, if it is.
    package let plainPort: Int?
    /// Of the administration, where it has one of its own.
    package let administration: SocketAddress?
}

extension ChatServer {
    /// - Returns: nil where a proxy speaks TLS, or nobody.
    func openTLS() async throws -> NativeTLS? {
        try await NativeTLS.open(
            NativeTLS.Surroundings(
                settings: settings, listeners: listeners, challenges: challenges,
                household: try await site.settings().siteName, renewed: noteRenewal, logger: logger))
    }

    /// In a transaction of its own: what it records happened elsewhere.
    @Sendable private func noteRenewal(_ certificate: ServerCertificate) async {
        do {
            try await database.write { [audit] tx in
                try audit.record(
                    .certificateRenewed, user: nil, actor: "homechat", from: .here,
                    target: "certificate:\(certificate.names.first ?? "")",
                    details: [
                        "names": certificate.names.joined(separator: " "), "sha256": certificate.fingerprint,
                        "expires": certificate.notAfter.formatted(.iso8601),
                    ], tx)
            }
        } catch {
            logger.error("a new certificate is missing in the audit log", metadata: ["error": "\(error)"])
        }
    }

    /// The listeners that the settings ask for, with one set of rules behind them.
    func doors(
        registry: StreamRegistry, departures: Departures, group: MultiThreadedEventLoopGroup, tls: TLSSource?,
        ready: @escaping @Sendable (OpenListeners) -> Void
    ) throws -> [any Service] {
        let policy = ContentSecurityPolicy(settings: settings.contentSecurityPolicy)
        let plan = DoorPlan(
            proxies: try TrustedProxies(settings.trustedProxies),
            headers: SecurityHeaders(policy: policy, settings: settings.headers, listeners: listeners),
            pages: try pages(), registry: registry, channels: cableChannels(departures), group: group, ready: ready)
        let places: [(door: Listeners.Door, host: String, port: Int?)] = [
            (.main, settings.host, settings.port), (.plain, settings.host, settings.plainPort),
            (.administration, settings.administration.host, settings.administration.port),
        ]
        return try places.compactMap { place in
            try place.port.map { try door(place.door, on: place.host, at: $0, tls: tls, plan) }
        }
    }

    /// What the doors have in common.
    private struct DoorPlan: Sendable {
        let proxies: TrustedProxies
        let headers: SecurityHeaders
        let pages: Pages
        let registry: StreamRegistry
        let channels: [CableChannel<Principal>]
        let group: MultiThreadedEventLoopGroup
        let ready: @Sendable (OpenListeners) -> Void
    }

    private func door(
        _ door: Listeners.Door, on host: String, at port: Int, tls: TLSSource?, _ plan: DoorPlan
    ) throws -> any Service {
        let tls = settings.speaksTLS(by: door) ? tls : nil
        let admission = CableAdmissionDesk(
            credentials: credentials, cookies: cookies, origins: origins, proxies: plan.proxies,
            rules: CableRules(
                bans: banList, hosts: HostRules(settings), forcesTLS: settings.forcesTLS(by: door), limits: limits,
                caps: settings.limits, registry: plan.registry, counters: counters, now: now),
            tally: requestTally)
        let rules = DoorRules(settings, door: door, listeners: listeners, counters: counters)
        let errorHeaders = plan.headers.fieldsWithoutRequest(isSecure: tls != nil)
        let application = Application(
            responder: PathRewriting(next: router(rules, plan).buildResponder(), basePath: settings.basePath),
            server: HTTPServerBuilder { [caps, basePath = settings.basePath] responder in
                CableHTTPChannel(
                    responder: responder, basePath: basePath, admit: admission.admit, channels: plan.channels,
                    registry: plan.registry, errorHeaders: errorHeaders, tls: tls, caps: caps,
                    secureAddress: rules.secureAddress)
            },
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                try? await AcceptPause.add(to: channel)  // fails only if the listener is closed already
                if let address = channel.localAddress { opened(door, address, plan.ready) }
            },
            eventLoopGroupProvider: .shared(plan.group), logger: logger.quiet)
        return AddressedService(service: application, address: "\(host):\(port)")
    }

    private func opened(
        _ door: Listeners.Door, _ address: SocketAddress, _ ready: @Sendable (OpenListeners) -> Void
    ) {
        guard listeners.opened(door, address), let main = listeners.address(of: .main) else { return }
        let others = [Listeners.Door.plain, .administration].compactMap { listeners.address(of: $0) }
        let server = ServerProcess(main, others: others, settings)
        try? server.write(in: settings.dataDirectory)  // only doctor misses it
        if geteuid() == 0 { logger.warning("running as root; an account of its own could do less harm") }
        ready(
            OpenListeners(
                address: main, plainPort: listeners.address(of: .plain)?.port,
                administration: listeners.address(of: .administration)))
    }

    private func cableChannels(_ departures: Departures) -> [CableChannel<Principal>] {
        [
            ChatChannel(database: database, reading: reading).channel,
            PresenceChannel(presence: presence, users: users, departures: departures).channel,
            TypingChannel(database: database, presence: presence).channel,
            UserChannel.channel,
        ].map { channel in
            channel.performing { [readOnly] action in
                // Where that cannot be told, neither can anything be stored.
                if ReadOnlyMode.goesOn(command: action) { true } else { (try? await !readOnly.isOn()) ?? false }
            }
        }
    }

    private func router(_ rules: DoorRules, _ plan: DoorPlan) -> Router<AppContext> {
        var pages = plan.pages
        pages.servesAdministration = settings.servesAdministration(by: rules.door)
        let router = Router(context: AppContext.self, options: .autoGenerateHeadEndpoints)
        let table = Router(context: AppContext.self)
        addRoutes(to: table, pages)
        let errors = ErrorResponses(page: pages.error)
        router.add(middleware: UploadPriority())
        // Errors are answers before the headers are added, so that they carry them too.
        router.add(
            middleware: RequestLog(
                proxies: plan.proxies, watch: watch, counters: counters, maximumBody: settings.limits.bodyBytes))
        router.add(middleware: plan.headers)
        router.add(middleware: BanGate(bans: banList, counters: counters, now: now))
        router.add(middleware: CrossOrigin(allowed: Set(settings.crossOrigins)))
        router.add(middleware: APIRateLimit(limits: limits, errors: errors))
        router.add(middleware: errors)
        router.add(middleware: rules)
        router.add(middleware: MethodRules(of: table))
        router.add(
            middleware: Authentication(credentials: credentials, cookies: cookies, origins: origins, limits: limits))
        router.add(middleware: IntegrationGate(isOpen: settings.allowsIntegrations))
        router.add(middleware: PageRateLimit(limits: limits))
        router.add(middleware: RequestAudit(tally: requestTally))
        router.add(middleware: ReadOnlyGate(mode: readOnly))
        addRoutes(to: router, pages)
        return router
    }

    private func addRoutes(to router: Router<AppContext>, _ pages: Pages) {
        addAPIRoutes(to: router, pages)
        addPageRoutes(to: router, pages)
    }
}

/// Says in words that name it why an address could not be had.
private struct AddressedService: Service {
    let service: any Service
    let address: String

    func run() async throws {
        do {
            try await service.run()
        } catch let error as IOError {
            throw switch error.errnoCode {
            case EADDRINUSE: ChatError.conflict("the address \(address) is in use already")
            case EADDRNOTAVAIL: ChatError.malformed("the address \(address) is not one of this machine's")
            case EACCES: ChatError.forbidden("this account may not listen on \(address)")
            default: error
            }
        }
    }
}

extension ConnectionCaps {
    /// Proxies that we trust speak for many, and have caps of their own.
    static func limited(by settings: Settings, counters: Counters) -> ConnectionCaps {
        let proxies = try? TrustedProxies(settings.trustedProxies)  // what is no network is refused when doors are made
        return ConnectionCaps(
            maximum: settings.limits.connections, perClient: settings.limits.connectionsPerAddress,
            isExempt: { proxies?.isTrusted($0) ?? false }, onRefusal: { counters.count(.refused, "connections") })
    }
}

extension Settings {
    var cableLimits: CableLimits {
        var limits = CableLimits()
        limits.maximumFrameBytes = self.limits.cableMessageBytes
        limits.maximumBufferedBytes = self.limits.cableBacklogBytes
        return limits
    }
}

extension Logger {
    /// What the frameworks have to say, unless something is wrong, is for developers.
    var quiet: Logger {
        var logger = self
        if logger.logLevel > .debug { logger.logLevel = max(logger.logLevel, .warning) }
        return logger
    }
}
