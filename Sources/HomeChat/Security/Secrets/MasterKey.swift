import Crypto
import Foundation

/// The one secret to keep and to back up: 32 random bytes, from which every other key is derived (RFC 5869).
package struct MasterKey: Sendable {
    static let byteCount = 32

    /// What a derived key is for. Nothing sealed for one purpose opens for another.
    package enum Purpose: String, Sendable, CaseIterable {
        /// Keys that the server makes for itself, `sealed_secrets`.
        case server
        case totp
        case webhook
        /// The keys of AI bots for their endpoints.
        case ai
        case credentials
        /// Signs the cookie of a device that somebody has signed in with.
        case device
        /// A new master key, on its way to the other nodes.
        case handover
        /// What a browser keeps while somebody is at the OpenID provider.
        case openID = "openid"
    }

    /// Of 32 random bytes about 30 differ; a key with less than this was typed, or repeats itself.
    private static let leastDifferentBytes = 20

    private let key: SymmetricKey
    /// Names the key without giving anything of it away; 16 hexadecimal digits.
    package let id: String

    package init(bytes: some ContiguousBytes) {
        key = SymmetricKey(data: bytes)
        let name = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data("homechat key id".utf8), outputByteCount: 8)
        id = name.withUnsafeBytes { $0.hexadecimal }
    }

    package static func random() -> MasterKey { MasterKey(bytes: SymmetricKey(size: .bits256)) }

    func key(for purpose: Purpose) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data("homechat \(purpose.rawValue)".utf8), outputByteCount: 32)
    }

    var bytes: [UInt8] { key.withUnsafeBytes { Array($0) } }

    /// 64 hexadecimal digits, as the file has them.
    package var text: String { key.withUnsafeBytes { $0.hexadecimal } }

    /// Reads 64 hexadecimal digits.
    /// - Throws: `malformed`, without a word of what was given.
    package init(text: String, from place: String) throws {
        let bytes = [UInt8](hexadecimal: text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? []
        let steps = Set(zip(bytes, bytes.dropFirst()).map { $1 &- $0 })
        guard bytes.count == Self.byteCount, Set(bytes).count >= Self.leastDifferentBytes, steps.count > 2 else {
            throw ChatError.malformed("\(place) holds no master key: it has to be 64 random hexadecimal digits")
        }
        self.init(bytes: Data(bytes))
    }
}
