import Crypto
import Foundation

/// A passkey's public key, as COSE writes it (RFC 9053): ES256 on P-256, or EdDSA with Ed25519.
public struct PublicKey: Sendable {
    /// Asked for in this order when a passkey is made.
    public static let algorithms: [Int64] = [EdDSA, ES256]
    static let ES256: Int64 = -7
    static let EdDSA: Int64 = -8

    private enum Key: Sendable {
        case p256(P256.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    private let key: Key
    /// The COSE key's own bytes, to be kept.
    public let bytes: [UInt8]

    /// - Throws: `unsupportedKey` for every other kind of key, and for a point that is not on the curve.
    public init(_ bytes: some Collection<UInt8>) throws(WebAuthnError) {
        let item: CBOR
        do { item = try CBOR(bytes) } catch { throw .malformed }
        try self.init(item, bytes: Array(bytes))
    }

    init(_ item: CBOR, bytes: [UInt8]) throws(WebAuthnError) {
        self.bytes = bytes
        switch (item[1]?.integer, item[3]?.integer, item[-1]?.integer) {
        case (2, Self.ES256, 1): key = .p256(try Self.p256(x: item[-2]?.bytes, y: item[-3]?.bytes))
        case (1, Self.EdDSA, 6): key = .ed25519(try Self.ed25519(x: item[-2]?.bytes))
        default: throw .unsupportedKey
        }
    }

    private static func p256(x: [UInt8]?, y: [UInt8]?) throws(WebAuthnError) -> P256.Signing.PublicKey {
        guard let x, let y, x.count == 32, y.count == 32,
            let key = try? P256.Signing.PublicKey(x963Representation: [4] + x + y)
        else { throw .unsupportedKey }
        return key
    }

    private static func ed25519(x: [UInt8]?) throws(WebAuthnError) -> Curve25519.Signing.PublicKey {
        guard let x, x.count == 32, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x) else {
            throw .unsupportedKey
        }
        return key
    }

    /// - Parameter signature: DER for ES256 (RFC 3279), 64 bytes for EdDSA, as WebAuthn §6.5.5 wants them.
    func isValid(_ signature: [UInt8], over data: [UInt8]) -> Bool {
        switch key {
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: data)
        case .ed25519(let key):
            return key.isValidSignature(signature, for: data)
        }
    }
}
