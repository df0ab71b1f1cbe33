import Crypto
import Foundation
import Logging
import SwiftASN1
import X509

/// A certificate chain, the server's own first, with the private key that fits it. Holding one means that both belong
/// together.
public struct ServerCertificate: Sendable, Hashable {
    /// DER, the server's own certificate first.
    public let chain: [[UInt8]]
    /// PKCS #8 or, for RSA, PKCS #1; not encrypted. Never to be logged.
    public let keyPEM: String
    public let notBefore: Date
    public let notAfter: Date
    /// What the certificate is for: host names in lower case, and addresses.
    public let names: [String]

    /// - Throws: ``CertificatesError/invalid(_:)``, saying what does not fit.
    public init(chainPEM: [UInt8], keyPEM: [UInt8]) throws(CertificatesError) {
        try self.init(chain: PEM.certificates(chainPEM), key: PEM.privateKey(keyPEM))
    }

    init(chain: [Certificate], key: Certificate.PrivateKey) throws(CertificatesError) {
        guard let own = chain.first else { throw .invalid("there is no certificate") }
        guard own.publicKey == key.publicKey else {
            guard chain.contains(where: { $0.publicKey == key.publicKey }) else {
                throw .invalid("the private key does not belong to the certificate")
            }
            throw .invalid("the certificates are in the wrong order: the server's own must come first")
        }
        try Self.checkOrder(of: chain)
        do {
            self.chain = try chain.map { try $0.der }
            keyPEM = try key.serializeAsPEM().pemString + "\n"
        } catch {
            throw .invalid("the certificate or its key cannot be written down: \(error)")
        }
        notBefore = own.notValidBefore
        notAfter = own.notValidAfter
        names = Self.names(of: own)
    }

    public var chainPEM: String {
        chain.map { PEMDocument(type: PEM.certificate, derBytes: $0).pemString + "\n" }.joined()
    }

    /// In seconds, from the first to the last moment at which the certificate is valid.
    public var lifetime: TimeInterval { notAfter.timeIntervalSince(notBefore) }

    /// SHA-256 of the server's own certificate, as `AB:CD:…`.
    public var fingerprint: String { chain.first.map(Fingerprint.text) ?? "" }

    /// What the operator should know and what does not keep the certificate from being used.
    public func warnings(at now: Date) -> [String] {
        if now > notAfter { return ["The certificate expired on \(notAfter.formatted(.iso8601))"] }
        if now < notBefore { return ["The certificate is valid only from \(notBefore.formatted(.iso8601)) on"] }
        if names.isEmpty { return ["The certificate names no host, so no browser accepts it"] }
        return []
    }

    public func logWarnings(at now: Date, _ logger: Logger) {
        for warning in warnings(at: now) {
            logger.warning("the certificate is not as it should be", metadata: ["problem": "\(warning)"])
        }
    }

    /// Each certificate must be signed by the one after it (RFC 8446 §4.4.2 says only SHOULD; many clients do not
    /// search).
    private static func checkOrder(of chain: [Certificate]) throws(CertificatesError) {
        for (index, pair) in zip(chain, chain.dropFirst()).enumerated() {
            guard pair.0.issuer == pair.1.subject, pair.1.publicKey.isValidSignature(pair.0.signature, for: pair.0)
            else {
                throw .invalid(
                    "the certificates are in the wrong order: number \(index + 1) was not issued by number \(index + 2)"
                )
            }
        }
    }

    /// What somebody else's certificate is for; empty for what is none.
    public static func names(inDER der: [UInt8]) -> [String] {
        (try? Certificate(derEncoded: der)).map(names) ?? []
    }

    private static func names(of certificate: Certificate) -> [String] {
        guard let names = try? certificate.extensions.subjectAlternativeNames else { return [] }
        return names.prefix(Bounds.names).compactMap { name in
            switch name {
            case .dnsName(let name): name.lowercased()
            case .ipAddress(let octets): IPAddress(bytes: octets.bytes)?.description
            default: nil
            }
        }
    }
}

extension ServerCertificate: CustomStringConvertible, CustomReflectable {
    public var description: String {
        "certificate for \(names.joined(separator: ", ")) until \(notAfter.formatted(.iso8601))"
    }

    /// So that no dump shows the key.
    public var customMirror: Mirror { Mirror(self, children: ["names": names, "notAfter": notAfter]) }
}

/// SHA-256 over a certificate's DER, as browsers and phones show it.
enum Fingerprint {
    static func text(_ der: [UInt8]) -> String {
        SHA256.hash(data: der).map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return text.count == 1 ? "0" + text : text
        }.joined(separator: ":")
    }
}
