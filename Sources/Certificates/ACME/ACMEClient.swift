import Foundation
import Logging

/// Gets certificates from a certificate authority by ACME (RFC 8555).
public struct ACMEClient: Sendable {
    /// How often one order or authorization is asked for, and how long all the waiting in between may take.
    static let polls = 40
    static let patience: Double = 300
    /// Seconds between two polls: what the authority asks for within these, else the first.
    static let pollPause: ClosedRange<Double> = 1...30

    let settings: ACMESettings
    let key: AccountKey
    let solver: any ChallengeSolver
    let now: @Sendable () -> Date
    let sleep: @Sendable (Duration) async throws -> Void
    let logger: Logger

    public init(
        settings: ACMESettings, key: AccountKey, solver: any ChallengeSolver, logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.settings = settings
        self.key = key
        self.solver = solver
        self.logger = logger
        self.now = now
        self.sleep = sleep
    }

    /// A certificate with a new key for all the names.
    ///
    /// - Parameter attempt: 0 for the first one; each further one proves the names in the next of the ways in the
    ///   settings.
    /// - Throws: ``CertificatesError``; `CancellationError` when the task was cancelled.
    public func issue(for names: [String], attempt: Int = 0) async throws -> ServerCertificate {
        guard !names.isEmpty, names.count <= Bounds.names else {
            throw CertificatesError.invalid("a certificate is for 1 to \(Bounds.names) names")
        }
        guard !settings.challenges.isEmpty else { throw CertificatesError.invalid("no kind of challenge is allowed") }
        let domains = try names.map { name throws(CertificatesError) in try DNSName(name).description }
        let kind = settings.challenges[abs(attempt % settings.challenges.count)]
        let connection = try ACMEConnection(settings: settings, now: now)
        do {
            let certificate = try await issue(for: domains, by: kind, over: connection)
            await connection.close()
            return certificate
        } catch {
            await connection.close()
            throw error
        }
    }

    private func issue(
        for domains: [String], by kind: ACMEChallenge.Kind, over connection: ACMEConnection
    ) async throws -> ServerCertificate {
        let answer = try await connection.send(.get, ACMEURL(settings.directory))
        guard answer.status == 200 else {
            throw CertificatesError.refused(ACMESession.problem(of: answer), retryAfter: answer.retryAfter)
        }
        let session = ACMESession(directory: try ACMEDirectory(json: answer.body), connection: connection, key: key)
        try await session.signIn(contact: settings.contact, agreesToTerms: settings.agreesToTerms)

        let identifiers = domains.map { NewOrder.Identifier(value: $0) }
        let placed = try await session.post(NewOrder(identifiers: identifiers), to: session.directory.newOrder)
        guard let location = placed.location else { throw CertificatesError.answer("the order has no URL") }
        let url = try ACMEURL(location)
        for authorization in try ACMEOrder(json: placed.body).authorizations {
            try await authorize(authorization, by: kind, in: session)
        }
        return try await finish(url, for: domains, in: session)
    }

    /// Asks until `isSettled` says so; the authority's `Retry-After` sets the pace.
    func poll<Message>(
        _ url: ACMEURL, in session: ACMESession, read: ([UInt8]) throws -> Message, isSettled: (Message) -> Bool
    ) async throws -> Message {
        var waited: Double = 0
        for _ in 1...Self.polls {
            let answer = try await session.fetch(url)
            let message = try read(answer.body)
            if isSettled(message) { return message }
            let pause = min(max(answer.retryAfter ?? 0, Self.pollPause.lowerBound), Self.pollPause.upperBound)
            waited += pause
            guard waited <= Self.patience else { break }
            try await sleep(.seconds(pause))
        }
        throw CertificatesError.unreachable("it did not come to a decision in time")
    }

    private struct NewOrder: Encodable {
        struct Identifier: Encodable {
            let type = "dns"
            let value: String
        }
        let identifiers: [Identifier]
    }
}
