import Foundation
import Logging
import Synchronization

@testable import Certificates

/// A folder, a clock and what was delivered.
final class ManagedHouse: Sendable {
    let store: CertificateStore
    let clock: TestClock
    let names: Mutex<[String]>
    private let deliveries = Mutex<[ServerCertificate]>([])

    init(folder: String, clock: TestClock, names: [String] = ["chat.example.test"]) throws {
        store = try CertificateStore(folder: folder)
        self.clock = clock
        self.names = Mutex(names)
    }

    var delivered: [ServerCertificate] { deliveries.withLock { $0 } }

    /// - Parameter random: of a range of chances; the lower end of it unless told otherwise.
    func manager(
        random: @escaping @Sendable (ClosedRange<Double>) -> Double = { $0.lowerBound },
        obtain: @escaping @Sendable (CertificateOrder, Int) async throws -> ServerCertificate
    ) -> CertificateManager {
        CertificateManager(
            store: store, schedule: RenewalSchedule(random: random),
            wanted: { CertificateOrder(names: self.names.withLock { $0 }, issuer: "test") },
            obtain: obtain,
            deliver: { certificate in self.deliveries.withLock { $0.append(certificate) } },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: { self.clock.now })
    }
}

/// Says when it was asked, and does what it is told to.
final class Issuer: Sendable {
    struct State: Sendable {
        var asked: [Date] = []
        var error: CertificatesError?
    }

    let clock: TestClock
    let state = Mutex(State())

    init(_ clock: TestClock, error: CertificatesError? = nil) {
        self.clock = clock
        state.withLock { $0.error = error }
    }

    var asked: [Date] { state.withLock { $0.asked } }

    func issue(_ order: CertificateOrder, _ attempt: Int) throws -> ServerCertificate {
        try state.withLock { state in
            state.asked.append(clock.now)
            if let error = state.error { throw error }
        }
        return try .test(order.names, from: clock.now)
    }
}
