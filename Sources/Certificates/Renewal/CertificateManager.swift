import Foundation
import Logging

/// Keeps a server supplied with a certificate: the stored one, else a stop-gap, and renewed in time.
///
/// Nothing that happens here stops the server. A certificate authority that is down, or a disk that is full, leaves the
/// old certificate in place; attempts are counted on disk *before* they are made, so that no restart makes them
/// quicker.
public actor CertificateManager {
    /// How often the wall clock is looked at: a computer that slept, or a clock that was set, is noticed by then.
    static let tick = Duration.seconds(60)

    public struct Status: Sendable {
        /// What was handed over last.
        public let certificate: ServerCertificate?
        /// Signed by ourselves until there is a better one.
        public let isStopGap: Bool
        public let failures: Int
        public let nextAttempt: Date?
        /// Why there is no newer certificate.
        public let problem: String?
    }

    let store: CertificateStore
    let schedule: RenewalSchedule
    let wanted: @Sendable () -> CertificateOrder
    let obtain: @Sendable (_ order: CertificateOrder, _ attempt: Int) async throws -> ServerCertificate
    let deliver: @Sendable (ServerCertificate) async throws -> Void
    let renewed: @Sendable (ServerCertificate) async -> Void
    let now: @Sendable () -> Date
    let sleep: @Sendable (Duration) async throws -> Void
    let logger: Logger

    var stored: ServerCertificate?
    private var delivered: ServerCertificate?
    private var unsaved: ServerCertificate?
    private var state: RenewalState?
    private var storeProblem: String?
    private var isChecking = false

    /// - Parameters:
    ///   - wanted: read at every tick, so that new names lead to a new certificate.
    ///   - obtain: asks for a certificate; `attempt` counts the failures before it.
    ///   - deliver: makes connections use the certificate from now on.
    ///   - renewed: told about each certificate that was obtained and is in use.
    public init(
        store: CertificateStore, schedule: RenewalSchedule = RenewalSchedule(),
        wanted: @escaping @Sendable () -> CertificateOrder,
        obtain: @escaping @Sendable (CertificateOrder, Int) async throws -> ServerCertificate,
        deliver: @escaping @Sendable (ServerCertificate) async throws -> Void,
        renewed: @escaping @Sendable (ServerCertificate) async -> Void = { _ in },
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.store = store
        self.schedule = schedule
        self.wanted = wanted
        self.obtain = obtain
        self.deliver = deliver
        self.renewed = renewed
        self.logger = logger
        self.now = now
        self.sleep = sleep
    }

    public var status: Status {
        Status(
            certificate: delivered, isStopGap: delivered != nil && stored == nil, failures: state?.failures ?? 0,
            nextAttempt: state.map { $0.due(now: now(), holding: stored) }, problem: storeProblem ?? state?.problem)
    }

    /// Delivers what there is, so that the port can answer; to be called before ``run()``.
    public func start() async throws {
        do {
            stored = try store.certificate()
        } catch {
            logger.error("the stored certificate cannot be used", metadata: ["error": "\(error)"])
        }
        state = store.renewal()
        let first = try stored ?? SelfSigned.certificate(for: wanted().names, at: now())
        stored?.logWarnings(at: now(), logger)
        try await deliver(first)
        delivered = first
    }

    /// Looks after renewal until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            await check()
            do { try await sleep(Self.tick) } catch { return }
        }
    }

    /// Makes the next ``check()``, a minute from now at most, ask whatever went wrong before: for the operator who
    /// mended it.
    public func retryNow() {
        state?.failures = 0
        state?.nextAttempt = RenewalState.seconds(now())
    }

    /// Asks for a certificate if it is time to. Does nothing while that is being done.
    public func check() async {
        guard !isChecking else { return }
        isChecking = true
        defer { isChecking = false }
        saveAgain()
        let order = wanted()
        if state?.order != order.identity {
            state = RenewalState(order: order.identity, nextAttempt: now())
        }
        guard !order.names.isEmpty, let before = state, now() >= before.due(now: now(), holding: stored) else { return }
        guard record(failed(before, "The attempt was not finished", retryAfter: nil)) else { return }
        do {
            let certificate = try await obtain(order, before.failures)
            await accept(certificate, for: order)
        } catch {
            // Being stopped is not the authority's refusal.
            guard !Task.isCancelled else { return _ = record(before) }
            let retryAfter: Double? = if case .refused(_, let wait)? = error as? CertificatesError { wait } else { nil }
            let after = failed(before, "\(error)", retryAfter: retryAfter)
            _ = record(after)
            logger.warning(
                "no certificate could be obtained; the present one stays",
                metadata: ["error": "\(error)", "next_attempt": "\(Self.text(after.nextAttempt))"])
        }
    }

    private func accept(_ certificate: ServerCertificate, for order: CertificateOrder) async {
        let next = schedule.renewal(of: certificate, now: now())
        stored = certificate
        unsaved = certificate
        saveAgain()
        _ = record(RenewalState(order: order.identity, nextAttempt: next))
        do {
            try await deliver(certificate)
            delivered = certificate
            logger.info(
                "a certificate was obtained",
                metadata: [
                    "names": "\(certificate.names.joined(separator: " "))",
                    "expires": "\(certificate.notAfter.formatted(.iso8601))", "renewal": "\(next.formatted(.iso8601))",
                ])
            await renewed(certificate)
        } catch {
            logger.error("the new certificate cannot be used", metadata: ["error": "\(error)"])
        }
    }

    /// A certificate that could not be written yet is used all the same, and written as soon as that works.
    private func saveAgain() {
        guard let certificate = unsaved else { return }
        do {
            try store.save(certificate)
            unsaved = nil
        } catch {
            logger.error("the new certificate cannot be saved", metadata: ["error": "\(error)"])
        }
    }

    private func failed(_ state: RenewalState, _ problem: String, retryAfter: Double?) -> RenewalState {
        var state = state
        state.failures += 1
        state.problem = problem
        state.nextAttempt = RenewalState.seconds(
            schedule.retry(after: state.failures, retryAfter: retryAfter, now: now()))
        return state
    }

    /// Returns whether it is on disk.
    private func record(_ state: RenewalState) -> Bool {
        do {
            try store.save(state)
            self.state = state
            storeProblem = nil
            return true
        } catch {
            if storeProblem == nil { logger.error("renewal waits for the disk", metadata: ["error": "\(error)"]) }
            storeProblem = "\(error)"
            return false
        }
    }

    private static func text(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }
}
