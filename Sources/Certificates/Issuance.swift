import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate that this process signs itself: for a challenge, as a stop-gap, or with the household's own authority.
struct Issuance {
    let subject: String
    let names: [GeneralName]
    let notBefore: Date
    let notAfter: Date
    var further: [Certificate.Extension] = []
    var isForServers = true

    /// Whole seconds, since that is what a certificate holds.
    init(subject: String, names: [GeneralName], from notBefore: Date, to notAfter: Date) {
        self.subject = subject
        self.names = names
        self.notBefore = Date(timeIntervalSince1970: notBefore.timeIntervalSince1970.rounded(.down))
        self.notAfter = Date(timeIntervalSince1970: notAfter.timeIntervalSince1970.rounded(.down))
    }

    /// With a key that is made now, which signs the certificate itself.
    func selfSigned() throws -> ServerCertificate {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let certificate = try signed(for: key, by: key, issuer: subjectName)
        return try ServerCertificate(chain: [certificate], key: key)
    }

    func signed(
        for key: Certificate.PrivateKey, by issuerKey: Certificate.PrivateKey, issuer: DistinguishedName
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: notBefore, notValidAfter: notAfter,
            issuer: issuer, subject: subjectName,
            extensions: extensions(of: key.publicKey, issuedBy: issuerKey.publicKey), issuerPrivateKey: issuerKey)
    }

    var subjectName: DistinguishedName {
        get throws { try DistinguishedName { CommonName(subject) } }
    }

    private func extensions(
        of key: Certificate.PublicKey, issuedBy issuerKey: Certificate.PublicKey
    ) throws -> Certificate.Extensions {
        var list = try [
            Critical(BasicConstraints.notCertificateAuthority).makeCertificateExtension(),
            Critical(KeyUsage(digitalSignature: true)).makeCertificateExtension(),
            SubjectAlternativeNames(names).makeCertificateExtension(),
            SubjectKeyIdentifier(hash: key).makeCertificateExtension(),
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: issuerKey).keyIdentifier)
                .makeCertificateExtension(),
        ]
        if isForServers { list.append(try ExtendedKeyUsage([.serverAuth]).makeCertificateExtension()) }
        return try Certificate.Extensions(list + further)
    }
}

/// What answers on the port until the first real certificate is there. Browsers warn about it, as they should.
public enum SelfSigned {
    static let lifetime: TimeInterval = 397 * 86_400
    /// For clocks that are behind.
    static let backdating: TimeInterval = 3600

    /// - Parameter names: host names and addresses; what is neither is left out.
    public static func certificate(for names: [String], at now: Date) throws -> ServerCertificate {
        let known = names.prefix(Bounds.names).compactMap(GeneralName.init(host:))
        return try Issuance(
            subject: "Self-signed stop-gap", names: known.isEmpty ? [.dnsName("localhost")] : known,
            from: now.addingTimeInterval(-backdating), to: now.addingTimeInterval(lifetime)
        ).selfSigned()
    }
}

extension GeneralName {
    /// Returns nil for what is neither a host name nor an address.
    init?(host: String) {
        if let address = IPAddress(host) {
            self = .ipAddress(ASN1OctetString(contentBytes: address.bytes[...]))
        } else if let name = try? DNSName(host) {
            self = .dnsName(name.description)
        } else {
            return nil
        }
    }
}
