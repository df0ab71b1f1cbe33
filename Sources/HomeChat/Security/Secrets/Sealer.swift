import Crypto
import Foundation
import Synchronization

/// Seals what must lie in the database and must not be read there: AES-256-GCM with a key of its own for each purpose.
///
/// A sealed value is one byte of version, the eight bytes of the key's id, then nonce, ciphertext and tag as CryptoKit
/// combines them.
final class Sealer: Sendable {
    private static let version: UInt8 = 1
    private static let headLength = 9

    private let current: Mutex<MasterKey>

    init(_ key: MasterKey) {
        current = Mutex(key)
    }

    var key: MasterKey { current.withLock(\.self) }

    /// After a rotation: what is sealed from now on is sealed with the new key.
    func use(_ key: MasterKey) {
        current.withLock { $0 = key }
    }

    func seal(_ bytes: some DataProtocol, for purpose: MasterKey.Purpose) throws -> [UInt8] {
        let key = key
        let head = [Self.version] + Self.bytes(ofID: key.id)
        let box = try AES.GCM.seal(bytes, using: key.key(for: purpose), authenticating: head)
        guard let combined = box.combined else { throw SealError.damaged }
        return head + combined
    }

    func open(_ sealed: [UInt8], for purpose: MasterKey.Purpose) throws -> [UInt8] {
        let key = key
        guard sealed.count > Self.headLength, sealed[0] == Self.version else { throw SealError.damaged }
        let head = Array(sealed.prefix(Self.headLength))
        guard Array(head.dropFirst()) == Self.bytes(ofID: key.id) else { throw SealError.otherKey }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.dropFirst(Self.headLength))
            return Array(try AES.GCM.open(box, using: key.key(for: purpose), authenticating: head))
        } catch {
            throw SealError.damaged
        }
    }

    private static func bytes(ofID id: String) -> [UInt8] {
        let digits = Array(id.utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }
}

enum SealError: Error, CustomStringConvertible {
    case damaged
    /// Sealed with a master key that is not this server's.
    case otherKey

    var description: String {
        switch self {
        case .damaged: "a sealed value is damaged"
        case .otherKey: "a value was sealed with another master key"
        }
    }
}
