import Cable
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Storage
import UnixSignals

extension ChatServer {
    /// Serves until it is told to stop, then finishes what it accepted, within ten seconds.
    /// - Parameter ready: told the addresses once connections are taken.
    package func run(
        stopSignals: [UnixSignal] = [.sigterm, .sigint], ready: @escaping @Sendable (OpenListeners) -> Void
    ) async throws {
        try await database.listenForNotices()
        defer { ServerProcess.remove(in: settings.dataDirectory) }
        for remark in settings.remarks { logger.notice("\(remark)") }
        try await tellSetUpSecret()
        let tls = try await openTLS()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.eventLoops ?? max(System.coreCount - 1, 1))
        let registry = StreamRegistry(eventLoopGroup: group, limits: settings.cableLimits)
        let unread = UnreadTeller(database: database, registry: registry, board: board, now: now, logger: logger)
        let assistantWorker = aiWorker
        let previewer = linkPreviewer
        let sweeper = fileSweeper
        let broadcaster = Broadcaster(
            database: database, registry: registry, credentials: credentials, presence: presence, unread: unread,
            limits: limits, bans: banList, readOnly: readOnly, keys: keyKeeper, assistants: assistantWorker,
            deliveries: deliveryBell, sweeper: sweeper, previews: previewer, basePath: settings.basePath, now: now,
            logger: logger)
        let departures = Departures(presence: presence, logger: logger)
        let housekeeping = Housekeeping(
            credentials: credentials, presence: presence, sessions: sessions, signIns: signIns, tokens: tokens,
            roles: roles, limits: limits, bans: bans, watch: watch, audit: auditTrail, requests: requestTally,
            keys: keyKeeper, openID: openID, webhooks: outgoingWebhooks, incoming: incomingWebhooks,
            previews: linkPreviews, searchBacklog: searchBacklog, retention: retention, logger: logger)
        let teller = RateTeller(limits: limits, database: database, logger: logger)
        // Stopped from the last to the first: sockets are told to come back, then requests finish, then news ends.
        var services: [any Service] = [
            broadcaster, unread, departures, housekeeping, teller, sweeper, await Hangups(tls: tls),
        ]
        if settings.allowsIntegrations { services += [assistantWorker, deliveryService] as [any Service] }
        if let previewer { services.append(previewer) }
        if let postman { services.append(postman) }
        if settings.makesAddOnToken {
            services.append(
                AddOnToken(accounts: accounts, tokens: tokens, folder: settings.dataDirectory, logger: logger))
        }
        if settings.isDiscoverable {
            services.append(Discovery(settings: settings, listeners: listeners, logger: logger))
        }
        if let tls { services.append(tls) }
        services += try doors(registry: registry, departures: departures, group: group, tls: tls?.source, ready: ready)
        services.append(SocketCloser(registry: registry))
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: stopSignals, logger: withoutServices(logger))
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        configuration.maximumCancellationDuration = .seconds(1)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            logger.notice("stopped while requests were under way that took too long")
        } catch {
            try? await group.shutdownGracefully()  // the reason to stop is the one that counts
            throw error
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

    var links: Links { Links(base: settings.basePath) }
    var cookies: SessionCookies { SessionCookies(basePath: settings.basePath) }
    var origins: Origins {
        Origins(allowed: Set((settings.publicURLs + settings.allowedOrigins).map { $0.lowercased() }))
    }
}

/// The service group prints each service with all that is in it, passwords among it, when it may say so much.
private func withoutServices(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
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
    let webhooks: OutgoingWebhooks
    let incoming: IncomingWebhooks
    let previews: LinkPreviews
    let searchBacklog: SearchBacklog
    let retention: Retention
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
                group.addTask { await every(.hours(1)) { try await incoming.forgetDeliveries() } }
                group.addTask { await every(.hours(1)) { try await previews.removeOld() } }
                group.addTask { await every(.hours(1)) { watch.review() } }
                group.addTask { await every(.hours(1)) { try await signIns.removeOld() } }
                group.addTask { await every(.seconds(5)) { try await requests.flush() } }
                group.addTask { await every(.minutes(1)) { try await audit.tellHeld() } }
                // At the start too: a server that is started every evening has its day as well.
                group.addTask { await every(.minutes(1), isFirstNow: true) { try await audit.pruneDaily() } }
                group.addTask { await every(.minutes(1), isFirstNow: true) { try await retention.run() } }
                group.addTask { await every(.hours(1)) { try await openID?.removeOld() } }
                group.addTask { await every(.minutes(10)) { try await webhooks.removeOld() } }
                group.addTask { await every(.seconds(20), isFirstNow: true) { try await searchBacklog.work() } }
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
        } catch is CancellationError {
            return  // the server stops
        } catch {
            logger.warning("housekeeping failed", metadata: ["error_type": "\(type(of: error))"])
        }
    }
}
