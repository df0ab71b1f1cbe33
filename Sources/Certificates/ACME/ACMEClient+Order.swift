import Crypto
import Foundation
import SwiftASN1
import X509

extension ACMEClient {
    /// Proves that one name is ours (RFC 8555 §7.5).
    func authorize(_ url: ACMEURL, by kind: ACMEChallenge.Kind, in session: ACMESession) async throws {
        let authorization = try ACMEAuthorization(json: await session.fetch(url).body)
        // The authority may remember an earlier proof.
        guard authorization.status != .valid else { return }
        let domain = authorization.identifier.value
        guard authorization.identifier.type == "dns", (try? DNSName(domain)) != nil else {
            throw CertificatesError.answer("it wants a proof for what was not asked for")
        }
        guard let challenge = authorization.challenges.first(where: { $0.kind == kind }) else {
            throw CertificatesError.answer("it offers no challenge \(kind.rawValue) for \(domain)")
        }
        let token = try challenge.checkedToken
        do {
            try await present(token, kind, for: domain)
            try await respond(to: challenge, of: url, for: domain, in: session)
            await solver.remove(token: token, domain: domain)
        } catch {
            await solver.remove(token: token, domain: domain)
            throw error
        }
    }

    private func present(_ token: String, _ kind: ACMEChallenge.Kind, for domain: String) async throws {
        let authorization = try key.keyAuthorization(for: token)
        switch kind {
        case .http01: try await solver.present(token: token, keyAuthorization: authorization)
        case .tlsALPN01:
            let certificate = try ChallengeCertificate.make(for: domain, keyAuthorization: authorization, at: now())
            try await solver.presentALPN(domain: domain, certificate: certificate)
        }
    }

    private func respond(
        to challenge: ACMEChallenge, of url: ACMEURL, for domain: String, in session: ACMESession
    ) async throws {
        logger.debug("proving a name", metadata: ["name": "\(domain)", "challenge": "\(challenge.type)"])
        _ = try await session.post([String: String](), to: challenge.url)
        let outcome = try await poll(url, in: session, read: { try ACMEAuthorization(json: $0) }) {
            $0.status != .pending
        }
        guard outcome.status == .valid else {
            let problem = outcome.challenges.lazy.compactMap(\.error).first
            throw CertificatesError.challengeFailed(
                domain: domain, problem ?? ACMEProblem(type: outcome.status.rawValue, detail: ""))
        }
    }

    /// Hands in the request and downloads what was issued (RFC 8555 §7.4).
    func finish(_ url: ACMEURL, for domains: [String], in session: ACMESession) async throws -> ServerCertificate {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let ready = try await order(url, in: session) { $0.status != .pending }
        if ready.status == .ready {
            let request = try SigningRequest.der(for: domains, key: key)
            _ = try await session.post(Finalize(csr: Base64URL.encode(request)), to: ready.finalize)
        }
        let done = try await order(url, in: session) { $0.status != .processing && $0.status != .ready }
        guard done.status == .valid, let certificate = done.certificate else {
            throw CertificatesError.answer("the order ended as \(done.status.rawValue)")
        }
        let answer = try await session.fetch(certificate, accept: "application/pem-certificate-chain")
        return try check(ServerCertificate(chain: PEM.certificates(answer.body), key: key), for: domains)
    }

    private func order(
        _ url: ACMEURL, in session: ACMESession, isSettled: (ACMEOrder) -> Bool
    ) async throws -> ACMEOrder {
        let order = try await poll(url, in: session, read: { try ACMEOrder(json: $0) }, isSettled: isSettled)
        if order.status == .invalid, let problem = order.error {
            throw CertificatesError.refused(problem, retryAfter: nil)
        }
        return order
    }

    private func check(
        _ certificate: ServerCertificate, for domains: [String]
    ) throws(CertificatesError) -> ServerCertificate {
        guard Set(certificate.names).isSuperset(of: domains) else {
            throw .answer("the certificate is not for all the names")
        }
        guard certificate.notAfter > now() else { throw .answer("the certificate expired before it came") }
        return certificate
    }

    private struct Finalize: Encodable {
        let csr: String
    }
}

/// What is handed to the authority to be signed (RFC 2986): the names stand in the extension, the subject is empty.
enum SigningRequest {
    static func der(for names: [String], key: Certificate.PrivateKey) throws -> [UInt8] {
        let extensions = try Certificate.Extensions {
            SubjectAlternativeNames(names.map { .dnsName($0) })
        }
        let request = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName(), privateKey: key,
            attributes: .init([.init(ExtensionRequest(extensions: extensions))]))
        return try request.der
    }
}

/// The certificate that proves a name by TLS-ALPN-01 (RFC 8737 §3).
public enum ChallengeCertificate {
    /// `id-pe-acmeIdentifier`.
    static let identifier: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 1, 31]
    static let lifetime: TimeInterval = 7 * 86_400

    public static func make(
        for domain: String, keyAuthorization: String, at now: Date
    ) throws -> ServerCertificate {
        let digest = SHA256.hash(data: Array(keyAuthorization.utf8))
        var coder = DER.Serializer()
        try coder.serialize(ASN1OctetString(contentBytes: Array(digest)[...]))
        var issuance = Issuance(
            subject: "ACME challenge", names: [.dnsName(domain)],
            from: now.addingTimeInterval(-SelfSigned.backdating), to: now.addingTimeInterval(lifetime))
        issuance.further = [.init(oid: identifier, critical: true, value: coder.serializedBytes[...])]
        return try issuance.selfSigned()
    }
}
