import Foundation

/// When the next certificate is asked for.
public struct RenewalSchedule: Sendable {
    /// This part of a certificate's life is left when it is renewed.
    static let remaining = 1.0 / 3
    /// Up to this part earlier, so that not everybody's fall on one moment.
    static let spread = 1.0 / 30
    /// Between two certificates.
    static let leastTime: TimeInterval = 3600
    /// After failures: 1, 3, 9, 27 minutes … a day. Let's Encrypt lets a name fail five times an hour.
    static let firstPause: TimeInterval = 60
    static let growth = 3.0
    static let longestPause: TimeInterval = 86_400
    /// Of a pause, at least this part is waited; which part, chance decides.
    static let leastPart = 0.8
    /// A `Retry-After` beyond this is a mistake.
    static let longestRetryAfter: TimeInterval = 7 * 86_400

    let random: @Sendable (ClosedRange<Double>) -> Double

    public init(random: @escaping @Sendable (ClosedRange<Double>) -> Double = { Double.random(in: $0) }) {
        self.random = random
    }

    /// With a third of the lifetime left, or a little earlier. Never at once, whatever the certificate says.
    func renewal(of certificate: ServerCertificate, now: Date) -> Date {
        max(
            Self.latestRenewal(of: certificate).addingTimeInterval(-certificate.lifetime * random(0...Self.spread)),
            now.addingTimeInterval(Self.leastTime))
    }

    static func latestRenewal(of certificate: ServerCertificate) -> Date {
        certificate.notAfter.addingTimeInterval(-certificate.lifetime * remaining)
    }

    /// - Parameter failures: how many in a row, at least 1.
    func retry(after failures: Int, retryAfter: Double?, now: Date) -> Date {
        let full = min(Self.longestPause, Self.firstPause * pow(Self.growth, Double(min(max(failures, 1), 20) - 1)))
        let pause = max(Self.firstPause, full * random(Self.leastPart...1))
        return now.addingTimeInterval(max(pause, min(retryAfter ?? 0, Self.longestRetryAfter)))
    }
}

/// What must survive a restart, so that a server that is restarted again and again does not ask again and again.
struct RenewalState: Codable, Sendable, Hashable {
    /// What was asked for; see ``CertificateOrder/identity``.
    var order: String
    /// In a row, up to now.
    var failures = 0
    /// Whole seconds since 1970.
    var nextAttempt: Int64
    /// Why the last attempt failed.
    var problem: String?

    init(order: String, nextAttempt: Date) {
        self.order = order
        self.nextAttempt = Self.seconds(nextAttempt)
    }

    /// Rounded down, so that what is due now is not due a moment later. A date beyond all sense becomes the far future.
    static func seconds(_ date: Date) -> Int64 {
        Int64(min(max(date.timeIntervalSince1970, 0), 1e12))
    }

    /// When to ask again; a date that a wrong clock once wrote does not stop renewal for ever.
    func due(now: Date, holding certificate: ServerCertificate?) -> Date {
        let next = Date(timeIntervalSince1970: TimeInterval(nextAttempt))
        if failures == 0, let certificate {
            return next < certificate.notAfter ? next : RenewalSchedule.latestRenewal(of: certificate)
        }
        return min(next, now.addingTimeInterval(RenewalSchedule.longestRetryAfter))
    }
}

/// What whoever looks after renewal wrote down last, for others to read.
public struct RenewalNews: Sendable, Hashable {
    /// In a row, up to now.
    public let failures: Int
    public let nextAttempt: Date
    /// Why there is no newer certificate; nil if all is well.
    public let problem: String?

    /// - Returns: nil where nothing was written, or it cannot be read from here.
    public init?(folder: String) {
        guard let bytes = try? PrivateFile.read(folder + "/renewal.json", secret: true),
            let state = try? JSONDecoder().decode(RenewalState.self, from: Data(bytes))
        else { return nil }
        failures = state.failures
        nextAttempt = Date(timeIntervalSince1970: TimeInterval(state.nextAttempt))
        problem = state.failures > 0 ? state.problem : nil
    }
}

/// The names a certificate is wanted for, and from whom.
public struct CertificateOrder: Sendable, Hashable {
    /// Host names and, where the issuer can, addresses.
    public let names: [String]
    /// The directory's URL, or a word for one's own authority.
    public let issuer: String

    public init(names: [String], issuer: String) {
        self.names = names
        self.issuer = issuer
    }

    /// Whoever changes what he wants does not wait for what went wrong before.
    var identity: String { ([issuer] + Set(names).sorted()).joined(separator: " ") }
}
