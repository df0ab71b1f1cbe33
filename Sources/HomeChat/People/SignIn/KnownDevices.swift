import Crypto
import Foundation
import WebAuthn

/// The devices' side of a lockout: a signed note, kept by a browser, of who signed in there fully before. Whoever has one
/// cannot be locked out by strangers elsewhere.
package struct KnownDevices: Sendable {
    static let maximumAccounts = 4
    static let lifetime = Duration.days(365)

    private struct Entry {
        let user: User.ID
        let device: String
        let issuedAt: Int64
        let seal: String

        var text: String { "\(user).\(device).\(issuedAt).\(seal)" }
        var signed: Data { Data("device \(user) \(device) \(issuedAt)".utf8) }
    }

    private let entries: [Entry]

    /// - Parameter cookie: what the browser sent, whoever wrote it.
    init(cookie: String?) {
        guard let cookie, cookie.utf8.count <= 1000 else {
            entries = []
            return
        }
        entries = cookie.split(separator: "~").prefix(Self.maximumAccounts).compactMap { part in
            let fields = part.split(separator: ".", omittingEmptySubsequences: false)
            guard fields.count == 4, let user = User.ID(fields[0]), let issuedAt = Int64(fields[2]) else { return nil }
            return Entry(user: user, device: String(fields[1]), issuedAt: issuedAt, seal: String(fields[3]))
        }
    }

    /// The id of this device for an account that it knows.
    func device(of user: User.ID, at now: Timestamp, _ key: SymmetricKey) -> String? {
        entries.first { $0.user == user && Self.isOurs($0, at: now, key) }?.device
    }

    private static func isOurs(_ entry: Entry, at now: Timestamp, _ key: SymmetricKey) -> Bool {
        let (age, overflow) = (now.milliseconds / 1000).subtractingReportingOverflow(entry.issuedAt)
        guard !overflow, age >= 0, age < lifetime.components.seconds, let seal = Base64URL.decode(entry.seal) else {
            return false
        }
        return HMAC<SHA256>.isValidAuthenticationCode(seal, authenticating: entry.signed, using: key)
    }

    /// The cookie after somebody signed in here, and the device's id for them.
    func adding(_ user: User.ID, at now: Timestamp, _ key: SymmetricKey) -> (cookie: String, device: String) {
        var random = SystemRandomNumberGenerator()
        let device =
            device(of: user, at: now, key)
            ?? Base64URL.encode((0..<12).map { _ in .random(in: 0...255, using: &random) })
        let draft = Entry(user: user, device: device, issuedAt: now.milliseconds / 1000, seal: "")
        let seal = Base64URL.encode(HMAC<SHA256>.authenticationCode(for: draft.signed, using: key))
        let entry = Entry(user: user, device: device, issuedAt: draft.issuedAt, seal: seal)
        // What somebody else wrote into the cookie is not given back.
        let others = entries.filter { $0.user != user && Self.isOurs($0, at: now, key) }.prefix(
            Self.maximumAccounts - 1)
        return (([entry] + others).map(\.text).joined(separator: "~"), device)
    }
}
