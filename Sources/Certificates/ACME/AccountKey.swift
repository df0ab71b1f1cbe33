import Crypto
import Foundation

/// The key that a certificate authority knows us by: ECDSA on P-256, signing as ES256 (RFC 7518 §3.4).
public struct AccountKey: Sendable {
    private let key: P256.Signing.PrivateKey

    public init() {
        key = P256.Signing.PrivateKey()
    }

    public init(pem: [UInt8]) throws(CertificatesError) {
        do {
            key = try P256.Signing.PrivateKey(pemRepresentation: String(decoding: pem, as: UTF8.self))
        } catch {
            throw .invalid("this is no account key (ECDSA on P-256, PEM)")
        }
    }

    init(rawRepresentation: [UInt8]) throws {
        key = try P256.Signing.PrivateKey(rawRepresentation: rawRepresentation)
    }

    var pem: String { key.pemRepresentation + "\n" }

    var publicKey: JSONWebKey {
        let point = key.publicKey.rawRepresentation
        return JSONWebKey(members: [
            "kty": "EC", "crv": "P-256",
            "x": Base64URL.encode(point.prefix(32)), "y": Base64URL.encode(point.suffix(32)),
        ])
    }

    /// What a challenge must be answered with (RFC 8555 §8.1).
    public func keyAuthorization(for token: String) throws(CertificatesError) -> String {
        try token + "." + publicKey.thumbprint()
    }

    func sign(_ bytes: [UInt8]) throws(CertificatesError) -> [UInt8] {
        do {
            return Array(try key.signature(for: bytes).rawRepresentation)
        } catch {
            throw .invalid("the account key cannot sign")
        }
    }
}
