import Cable
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Storage
import UnixSignals

extension ChatServer {
    /// Serves until it is told to stop, then finishes what it accepted, within ten seconds.
    /// - Parameter ready: told the address once connections are taken.
    package func run(
        stopSignals: [UnixSignal] = [.sigterm, .sigint], ready: @escaping @Sendable (SocketAddress) -> Void
    ) async throws {
        try await database.listenForNotices()
        defer { ServerProcess.remove(in: settings.dataDirectory) }
        for remark in settings.remarks { logger.notice("\(remark)") }
        if geteuid() == 0 { logger.warning("running as root; an account of its own could do less harm") }
        try await tellSetUpSecret()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.eventLoops ?? max(System.coreCount - 1, 1))
        let registry = StreamRegistry(eventLoopGroup: group, limits: settings.cableLimits)
        let unread = UnreadTeller(database: database, registry: registry, board: board, now: now, logger: logger)
        let broadcaster = Broadcaster(
            database: database, registry: registry, credentials: credentials, presence: presence, unread: unread,
            limits: limits, bans: banList, readOnly: readOnly, keys: keyKeeper, basePath: settings.basePath, now: now,
            logger: logger)
        let departures = Departures(presence: presence, logger: logger)
        let housekeeping = Housekeeping(
            credentials: credentials, presence: presence, sessions: sessions, signIns: signIns, tokens: tokens,
            roles: roles, limits: limits, bans: bans, watch: watch, audit: auditTrail, requests: requestTally,
            keys: keyKeeper, openID: openID, logger: logger)
        let teller = RateTeller(limits: limits, database: database, logger: logger)
        // Stopped from the last to the first: sockets are told to come back, then requests finish, then news ends.
        var configuration = ServiceGroupConfiguration(
            services: [broadcaster, unread, departures, housekeeping, teller] + [postman].compactMap(\.self) + [
                try application(registry: registry, departures: departures, group: group, ready: ready),
                SocketCloser(registry: registry),
            ], gracefulShutdownSignals: stopSignals, logger: quiet(logger))
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        configuration.maximumCancellationDuration = .seconds(1)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            try? await group.shutdownGracefully()  // the reason to stop is the one that counts
            throw listening(error)
        }
        try? await credentials.flushUse()  // how often a token was used is worth no failed stop
        try? await requestTally.flush(all: true)
        try? await group.shutdownGracefully()
        try await close()
    }

    /// Whoever can read the data directory may be the first; nobody else.
    private func tellSetUpSecret() async throws {
        let folder = DataDirectory(settings)
        guard let secret = accounts.setUpGate.generated, try await accounts.needsFirstRun() else {
            return folder.forgetSetUpSecret()
        }
        let path = try folder.keepSetUpSecret(secret)
        logger.notice("the first run asks for the set-up secret, which is in a file", metadata: ["path": "\(path)"])
    }

    /// Why the address could not be had, in words that name it.
    private func listening(_ error: any Error) -> any Error {
        guard let error = error as? IOError else { return error }
        let address = "\(settings.host):\(settings.port)"
        return switch error.errnoCode {
        case EADDRINUSE: ChatError.conflict("the address \(address) is in use already")
        case EADDRNOTAVAIL: ChatError.malformed("the address \(address) is not one of this machine's")
        case EACCES: ChatError.forbidden("this account may not listen on \(address)")
        default: error
        }
    }

    private func application(
        registry: StreamRegistry, departures: Departures, group: MultiThreadedEventLoopGroup,
        ready: @escaping @Sendable (SocketAddress) -> Void
    ) throws -> some ApplicationProtocol {
        let proxies = try TrustedProxies(settings.trustedProxies)
        let admission = CableAdmissionDesk(
            credentials: credentials, cookies: cookies, origins: origins, proxies: proxies,
            rules: CableRules(
                bans: banList, hosts: HostRules(settings), forcesTLS: settings.forcesTLS, limits: limits,
                caps: settings.limits, registry: registry, counters: counters, now: now))
        let channels = cableChannels(departures)
        let policy = ContentSecurityPolicy(settings: settings.contentSecurityPolicy)
        let headers = SecurityHeaders(policy: policy, settings: settings.headers)
        let router = try router(proxies: proxies, headers: headers)
        let folder = settings.dataDirectory
        let caps = settings.connectionCaps(proxies)
        return Application(
            responder: PathRewriting(next: router.buildResponder(), basePath: settings.basePath),
            server: HTTPServerBuilder { [basePath = settings.basePath] responder in
                CableHTTPChannel(
                    responder: responder, basePath: basePath, admit: admission.admit, channels: channels,
                    registry: registry, errorHeaders: headers.fieldsWithoutRequest, caps: caps)
            },
            configuration: ApplicationConfiguration(address: .hostname(settings.host, port: settings.port)),
            onServerRunning: { channel in
                try? await AcceptPause.add(to: channel)  // fails only if the listener is closed already
                guard let address = channel.localAddress else { return }
                try? ServerProcess(address).write(in: folder)  // only doctor misses it
                ready(address)
            },
            eventLoopGroupProvider: .shared(group), logger: quiet(logger))
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

    private func router(proxies: TrustedProxies, headers: SecurityHeaders) throws -> Router<AppContext> {
        let router = Router(context: AppContext.self, options: .autoGenerateHeadEndpoints)
        let pages = try pages()
        let table = Router(context: AppContext.self)
        addRoutes(to: table, pages)
        let errors = ErrorResponses(page: pages.error)
        // Errors are answers before the headers are added, so that they carry them too.
        router.add(
            middleware: RequestLog(
                proxies: proxies, watch: watch, counters: counters, maximumBody: settings.limits.bodyBytes))
        router.add(middleware: headers)
        router.add(middleware: BanGate(bans: banList, counters: counters, now: now))
        router.add(middleware: CrossOrigin(allowed: Set(settings.crossOrigins)))
        router.add(middleware: APIRateLimit(limits: limits, errors: errors))
        router.add(middleware: errors)
        router.add(middleware: DoorRules(settings, counters: counters))
        router.add(middleware: MethodRules(of: table))
        router.add(
            middleware: Authentication(credentials: credentials, cookies: cookies, origins: origins, limits: limits))
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

    var cookies: SessionCookies { SessionCookies(basePath: settings.basePath) }
    var origins: Origins {
        Origins(allowed: Set((settings.publicURLs + settings.allowedOrigins).map { $0.lowercased() }))
    }
}

extension Settings {
    fileprivate var cableLimits: CableLimits {
        var limits = CableLimits()
        limits.maximumFrameBytes = self.limits.cableMessageBytes
        limits.maximumBufferedBytes = self.limits.cableBacklogBytes
        return limits
    }
}

/// What the frameworks have to say, unless something is wrong, is for developers.
private func quiet(_ logger: Logger) -> Logger {
    var logger = logger
    if logger.logLevel > .debug { logger.logLevel = max(logger.logLevel, .warning) }
    return logger
}

/// Tells every socket to come back later, when the server stops.
private struct SocketCloser: Service {
    let registry: StreamRegistry

    func run() async throws {
        try? await gracefulShutdown()  // cancelled instead: the same ending
        await registry.shutDown(within: .seconds(3))
    }
}

/// What is done now and then, in one place.
struct Housekeeping: Service {
    let credentials: Credentials
    let presence: Presence
    let sessions: Sessions
    let signIns: SignIns
    let tokens: Tokens
    let roles: Roles
    let limits: RateLimits
    let bans: Bans
    let watch: ProxyWatch
    let audit: AuditTrail
    let requests: RequestTally
    let keys: KeyKeeper
    let openID: OpenIDSignIns?
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await every(.seconds(5)) { try await credentials.flushUse() } }
                group.addTask { await every(Presence.refreshPeriod) { try await presence.refresh() } }
                group.addTask { await every(.seconds(20)) { try await tokens.endExpired() } }
                group.addTask { await every(.seconds(20)) { try await roles.endVisits() } }
                group.addTask { await every(.hours(1)) { try await sessions.endExpired() } }
                group.addTask { await every(.minutes(1)) { limits.sweep() } }
                group.addTask { await every(.minutes(1)) { await keys.catchUp() } }
                group.addTask { await every(.hours(1)) { try await bans.forgetExpired() } }
                group.addTask { await every(.hours(1)) { watch.review() } }
                group.addTask { await every(.hours(1)) { try await signIns.removeOld() } }
                group.addTask { await every(.seconds(5)) { try await requests.flush() } }
                group.addTask { await every(.minutes(1)) { try await audit.tellHeld() } }
                // At the start too: a server that is started every evening has its day as well.
                group.addTask { await every(.minutes(10), isFirstNow: true) { try await audit.pruneDaily() } }
                group.addTask { await every(.hours(1)) { try await openID?.removeOld() } }
            }
        }
    }

    private func every(
        _ period: Duration, isFirstNow: Bool = false, _ work: () async throws -> Void
    ) async {
        if isFirstNow { await attempt(work) }
        while (try? await Task.sleep(for: period)) != nil { await attempt(work) }
    }

    private func attempt(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.warning("housekeeping failed", metadata: ["error_type": "\(type(of: error))"])
        }
    }
}
