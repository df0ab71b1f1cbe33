import Crypto
import Foundation

/// AES-256-GCM with a key of its own for each purpose.
///
/// A sealed value is one byte of version, the eight bytes of the key's id, then nonce, ciphertext and tag as CryptoKit
/// combines them.
extension MasterKey {
    private static let version: UInt8 = 1
    private static let headLength = 9

    func seal(_ bytes: some DataProtocol, for purpose: Purpose) throws -> [UInt8] {
        let head = [Self.version] + ([UInt8](hexadecimal: id) ?? [])
        let box = try AES.GCM.seal(bytes, using: key(for: purpose), authenticating: head)
        guard let combined = box.combined else { throw SealError.damaged }
        return head + combined
    }

    func open(_ sealed: [UInt8], for purpose: Purpose) throws -> [UInt8] {
        guard try Self.id(of: sealed) == id else { throw SealError.otherKey }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.dropFirst(Self.headLength))
            let head = Array(sealed.prefix(Self.headLength))
            return Array(try AES.GCM.open(box, using: key(for: purpose), authenticating: head))
        } catch {
            throw SealError.damaged
        }
    }

    /// The id of the key that a value is sealed with.
    static func id(of sealed: [UInt8]) throws -> String {
        guard sealed.count > headLength, sealed[0] == version else { throw SealError.damaged }
        return sealed[1..<headLength].hexadecimal
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
