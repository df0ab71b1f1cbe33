import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate authority of the household's own, for where there is no domain. Whoever trusts it trusts it for the
/// household's names and private addresses only, and for nothing but TLS servers.
public struct LocalAuthority: Sendable {
    /// Ten years, leap days included.
    static let lifetime: TimeInterval = 3_652 * 86_400
    /// Of the server's certificate; browsers take no more than 398 days from public authorities, Apple 825 from others.
    static let leafLifetime: TimeInterval = 397 * 86_400
    static let backdating: TimeInterval = 3600

    private let certificate: Certificate
    private let key: Certificate.PrivateKey
    private let constraints: NameConstraints
    /// DER, as Android and Windows want it in a `.crt` or `.cer` file.
    public let der: [UInt8]

    /// The authority of a store; made when there is none, or when the one there is has expired.
    ///
    /// - Parameters:
    ///   - title: who runs it, as it is shown in lists of authorities; 40 characters of it are used.
    ///   - names: what a new authority is limited to, beside what is private anyway.
    public static func open(
        in store: CertificateStore, title: String, names: HouseholdNames, now: Date
    ) throws -> LocalAuthority {
        if let kept = try store.authority(),
            (kept.certificate.notValidBefore...kept.certificate.notValidAfter).contains(now)
        {
            return try LocalAuthority(certificate: kept.certificate, key: kept.key)
        }
        return try make(in: store, title: title, names: names, now: now)
    }

    /// Replaces the authority of a store. Every device must then be made to trust the new one.
    public static func make(
        in store: CertificateStore, title: String, names: HouseholdNames, now: Date
    ) throws -> LocalAuthority {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let certificate = try root(title: title, names: names, key: key, now: now)
        try store.save(authority: ServerCertificate(chain: [certificate], key: key))
        return try LocalAuthority(certificate: certificate, key: key)
    }

    private init(certificate: Certificate, key: Certificate.PrivateKey) throws {
        guard certificate.publicKey == key.publicKey, let constraints = try certificate.extensions.nameConstraints
        else {
            throw CertificatesError.invalid("the stored authority is not one that was made here")
        }
        self.certificate = certificate
        self.key = key
        self.constraints = constraints
        der = try certificate.der
    }

    public var pem: String { PEMDocument(type: PEM.certificate, derBytes: der).pemString + "\n" }

    /// SHA-256, as `AB:CD:…`: what a person compares.
    public var fingerprint: String { Fingerprint.text(der) }

    public var notAfter: Date { certificate.notValidAfter }

    /// As it stands in lists of authorities.
    public var title: String {
        certificate.subject.lazy.flatMap(\.self).first { $0.type == .RDNAttributeType.commonName }
            .map { "\($0.value)" } ?? ""
    }

    /// Names and addresses that this authority may not vouch for; only a new one could.
    public func uncovered(_ names: HouseholdNames) -> [String] {
        let permitted = names.permitted(by: constraints)
        return names.names.filter { !permitted.names.contains($0) }.map(\.description)
            + names.addresses.filter { !permitted.addresses.contains($0) }.map(\.description)
    }

    /// A certificate with a new key for the server, for those of the names that the authority may vouch for.
    ///
    /// The chain holds the server's certificate only: who trusts the authority has it.
    public func issue(for names: HouseholdNames, at now: Date) throws -> ServerCertificate {
        let permitted = names.permitted(by: constraints)
        let hosts = permitted.names.map(\.description) + permitted.addresses.map(\.description)
        let leaf = Certificate.PrivateKey(P256.Signing.PrivateKey())
        guard notAfter > now else { throw CertificatesError.invalid("the household's authority has expired") }
        let from = max(now.addingTimeInterval(-Self.backdating), certificate.notValidBefore)
        let issuance = Issuance(
            // A common name has 64 characters at most (RFC 5280, ub-common-name).
            subject: hosts.first { $0.utf8.count <= 64 } ?? "localhost",
            names: hosts.compactMap(GeneralName.init(host:)),
            from: from, to: min(from.addingTimeInterval(Self.leafLifetime), notAfter))
        let certificate = try issuance.signed(for: leaf, by: key, issuer: certificate.subject)
        return try ServerCertificate(chain: [certificate], key: leaf)
    }

    private static func root(
        title: String, names: HouseholdNames, key: Certificate.PrivateKey, now: Date
    ) throws -> Certificate {
        let identifier = SubjectKeyIdentifier(hash: key.publicKey)
        // Two authorities with one name confuse browsers.
        let mark = identifier.keyIdentifier.prefix(4).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        let subject = try DistinguishedName {
            CommonName("\(Bounds.line(title).prefix(40)) authority \(mark.joined())")
        }
        let from = Date(timeIntervalSince1970: (now.timeIntervalSince1970 - backdating).rounded(.down))
        return try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: from, notValidAfter: from.addingTimeInterval(lifetime), issuer: subject, subject: subject,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                Critical(names.constraints)
                try ExtendedKeyUsage([.serverAuth])
                identifier
                AuthorityKeyIdentifier(keyIdentifier: identifier.keyIdentifier)
            }, issuerPrivateKey: key)
    }
}
