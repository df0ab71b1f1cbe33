import Foundation
@_spi(FixedExpiryValidationTime) import X509

/// The household's own authority, as a client sees it who trusts it: without its key.
///
/// For clients whose TLS library knows no constraints on addresses, as BoringSSL's does not: it refuses every certificate that
/// has an address in it, where the authority may vouch for certain addresses only.
public struct KnownAuthority: Sendable {
    private let root: Certificate

    /// - Returns: nil where there is none, or it cannot be read from here.
    public init?(folder: String) {
        guard let bytes = try? PrivateFile.read(folder + "/authority.pem", secret: true),
            let root = try? PEM.certificates(bytes).first
        else { return nil }
        self.root = root
    }

    /// Why the authority does not vouch for a server's certificate; nil if it does.
    ///
    /// - Parameter host: the name or address that was asked for; nil: any.
    public func objection(to der: [UInt8], for host: String?, at now: Date) async -> String? {
        guard let leaf = try? Certificate(derEncoded: der) else { return "the certificate is damaged" }
        if let host {
            let isAddress = IPAddress(host) != nil
            return await objection(to: leaf) {
                RFC5280Policy(fixedExpiryValidationTime: now)
                ServerIdentityPolicy(serverHostname: isAddress ? nil : host, serverIP: isAddress ? host : nil)
            }
        }
        return await objection(to: leaf) { RFC5280Policy(fixedExpiryValidationTime: now) }
    }

    private func objection(to leaf: Certificate, @PolicyBuilder _ policy: () -> some VerifierPolicy) async -> String? {
        var verifier = Verifier(rootCertificates: X509.CertificateStore([root])) { policy() }
        let result = await verifier.validate(leaf: leaf, intermediates: X509.CertificateStore())
        guard case .couldNotValidate(let failures) = result else { return nil }
        let reason = failures.first.map { Bounds.line("\($0.policyFailureReason)") }
        return reason ?? "it is not from the household's authority"
    }
}
