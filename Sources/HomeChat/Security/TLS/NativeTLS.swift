import Cable
import Certificates
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// This server's own TLS: what new connections are shown, and the service that keeps it fresh.
struct NativeTLS: Service {
    let source: TLSSource
    private let supply: any CertificateSupply
    private let listeners: Listeners

    /// What it needs from the rest of the house.
    struct Surroundings: Sendable {
        let settings: Settings
        let listeners: Listeners
        let challenges: Challenges
        /// As it stands in lists of authorities.
        let household: String
        /// Told about each certificate that took the place of another.
        let renewed: @Sendable (ServerCertificate) async -> Void
        let logger: Logger

        var tls: Settings.TLS { settings.tls }
    }

    /// - Returns: nil where plain HTTP is spoken.
    /// - Throws: why there can be no TLS as it is set up.
    static func open(_ around: Surroundings) async throws -> NativeTLS? {
        guard around.settings.speaksTLS else { return nil }
        let first = try SelfSigned.certificate(for: around.settings.toldNames, at: Date())
        let source = try TLSSource(
            certificateChainPEM: Array(first.chainPEM.utf8), keyPEM: Array(first.keyPEM.utf8))
        let deliver: @Sendable (ServerCertificate) throws -> Void = { [listeners = around.listeners] certificate in
            try source.replace(
                certificateChainPEM: Array(certificate.chainPEM.utf8), keyPEM: Array(certificate.keyPEM.utf8))
            listeners.show(certificate)
        }
        let supply: any CertificateSupply =
            switch around.tls.mode {
            case .acme: try await authority(around, source, deliver)
            case .local: try await household(around, deliver)
            default: try files(around, deliver)
            }
        return NativeTLS(source: source, supply: supply, listeners: around.listeners)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // An authority that looks for a challenge has to find somebody at home.
            await listeners.whenOpen()
            guard !Task.isCancelled else { return }
            await supply.run()
        }
    }

    func lookNow() async {
        await supply.lookNow()
    }

    private static func files(
        _ around: Surroundings, _ deliver: @escaping @Sendable (ServerCertificate) throws -> Void
    ) throws -> FileSupply {
        try FileSupply(
            try around.settings.certificateFiles(), deliver: deliver, renewed: around.renewed, logger: around.logger)
    }

    private static func authority(
        _ around: Surroundings, _ source: TLSSource, _ deliver: @escaping @Sendable (ServerCertificate) throws -> Void
    ) async throws -> CertificateManager {
        let store = try CertificateStore(folder: folder(around.settings))
        let acme = around.tls.acme
        let client = ACMEClient(
            settings: ACMESettings(
                directory: acme.directory, contact: acme.contact, agreesToTerms: acme.agreesToTerms,
                trustRoots: acme.authorityFile, challenges: around.settings.challengeKinds,
                userAgent: "HomeChat/\(Version.current)"),
            key: try store.accountKey(), solver: Challenges.Solver(challenges: around.challenges, source: source),
            logger: around.logger)
        let order = CertificateOrder(names: around.settings.acmeNames, issuer: acme.directory)
        let manager = CertificateManager(
            store: store, wanted: { order }, obtain: { try await client.issue(for: $0.names, attempt: $1) },
            deliver: deliver, renewed: around.renewed, logger: around.logger)
        try await manager.start()
        return manager
    }

    private static func household(
        _ around: Surroundings, _ deliver: @escaping @Sendable (ServerCertificate) throws -> Void
    ) async throws -> CertificateManager {
        let store = try CertificateStore(folder: folder(around.settings))
        let told = around.settings.toldNames
        let authority = try LocalAuthority.open(
            in: store, title: around.household, names: HouseholdNames(told), now: Date())
        around.listeners.vouch(by: authority)
        let uncovered = try authority.uncovered(HouseholdNames(told))
        if !uncovered.isEmpty {
            around.logger.warning(
                "The household's authority was made before these names were; only a new one can vouch for them",
                metadata: [
                    "names": "\(uncovered.joined(separator: " "))",
                    "help": "remove \(store.folder)/authority.pem and restart; each device has to trust the new one",
                ])
        }
        let manager = CertificateManager(
            store: store,
            // Read each time: a router may give this machine another address.
            wanted: {
                CertificateOrder(names: told + MachineNames.current(), issuer: "local \(authority.fingerprint)")
            },
            obtain: { order, _ in try authority.issue(for: HouseholdNames(order.names), at: Date()) },
            deliver: deliver, renewed: around.renewed, logger: around.logger)
        try await manager.start()
        await manager.check()  // nobody is waited for, so the first connection can have the right one
        return manager
    }

    static func folder(_ settings: Settings) -> String { settings.dataDirectory + "/tls" }
}

/// `systemctl reload`, and `kill -HUP`: certificates are looked at again. Without TLS nothing happens, and nothing ends.
struct Hangups: Service {
    let tls: NativeTLS?
    private let signals: UnixSignalsSequence

    /// From here on the signal does not end the process any more.
    init(tls: NativeTLS?) async {
        self.tls = tls
        signals = await UnixSignalsSequence(trapping: .sighup)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in signals { await tls?.lookNow() }
        }
    }
}

extension Settings {
    /// By HTTP only where somebody answers it.
    fileprivate var challengeKinds: [ACMEChallenge.Kind] {
        switch tls.acme.challenge {
        case .http: [.http01]
        case .alpn: [.tlsALPN01]
        case .any: plainPort == nil ? [.tlsALPN01] : [.http01, .tlsALPN01]
        }
    }
}
