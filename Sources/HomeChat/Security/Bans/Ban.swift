import Foundation
import Storage

/// A network that is shut out, for a while or until somebody lifts it.
package struct Ban: Sendable {
    package typealias ID = Identifier<Ban>

    package let id: ID
    package let network: String
    package let reason: String
    /// The name, at the time, of whoever did it.
    package let bannedBy: String
    package let createdAt: Timestamp
    package let expiresAt: Timestamp?

    /// More are a mistake, or a job for the firewall.
    static let maximum = 10_000

    func isOver(at now: Timestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }
}

/// A ban that may be put down: not of this machine, nor of whoever asks for it.
package struct NewBan: Sendable {
    let network: Network
    let reason: String

    static let longestReason = 200

    /// - Parameter present: the address that the one who asks has right now; empty for the command line.
    init(_ text: String, reason: String, sparing present: String) throws {
        guard let network = Network(text.trimmingCharacters(in: .whitespaces)) else {
            throw ChatError.invalid("network", "must be an address or a network like 203.0.113.0/24")
        }
        guard !Network.loopback.contains(where: network.overlaps) else {
            throw ChatError.invalid("network", "must not cover the server itself")
        }
        guard !network.contains(present) else {
            throw ChatError.invalid("network", "must not cover your own address, \(present)")
        }
        self.network = network
        self.reason = try line(reason, "reason", atMost: Self.longestReason)
    }
}
