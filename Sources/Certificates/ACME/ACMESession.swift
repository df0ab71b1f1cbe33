import Foundation

/// Signed requests to one certificate authority, one after the other, with the nonces that it hands out (RFC 8555
/// §6.5).
actor ACMESession {
    /// An authority may say `badNonce` to a good one; a stubborn one is given up.
    static let nonceTries = 20

    let directory: ACMEDirectory
    private let connection: ACMEConnection
    private let key: AccountKey
    private var nonce: String?
    private var account: String?

    init(directory: ACMEDirectory, connection: ACMEConnection, key: AccountKey) {
        self.directory = directory
        self.connection = connection
        self.key = key
    }

    /// Makes the account, or finds the one that this key already has (RFC 8555 §7.3).
    func signIn(contact: [String], agreesToTerms: Bool) async throws {
        guard directory.meta?.externalAccountRequired != true else {
            throw CertificatesError.invalid(
                "this certificate authority wants accounts from elsewhere, which is not supported")
        }
        guard agreesToTerms else {
            let terms = directory.meta?.termsOfService.map { ": \(Bounds.line($0))" } ?? ""
            throw CertificatesError.invalid("the terms of the certificate authority are not agreed to\(terms)")
        }
        let new = NewAccount(termsOfServiceAgreed: true, contact: contact.map { "mailto:\($0)" })
        let answer = try await post(CanonicalJSON.encode(new), to: directory.newAccount, as: .key)
        guard let url = answer.location else { throw CertificatesError.answer("the account has no URL") }
        account = try ACMEURL(url).text
    }

    func post(_ value: some Encodable & Sendable, to url: ACMEURL) async throws -> ACMEAnswer {
        try await post(CanonicalJSON.encode(value), to: url, as: identity())
    }

    /// POST-as-GET (RFC 8555 §6.3).
    func fetch(_ url: ACMEURL, accept: String = "application/json") async throws -> ACMEAnswer {
        try await post([], to: url, as: identity(), accept: accept)
    }

    private func identity() throws -> SignedRequest.Identity {
        guard let account else { throw CertificatesError.answer("there is no account") }
        return .account(account)
    }

    private func post(
        _ payload: [UInt8], to url: ACMEURL, as identity: SignedRequest.Identity, accept: String = "application/json"
    ) async throws -> ACMEAnswer {
        for _ in 1...Self.nonceTries {
            let request = try await SignedRequest(
                payload, to: url.text, nonce: takeNonce(), as: identity, signedBy: key)
            let answer = try await connection.send(.post, url, body: CanonicalJSON.encode(request), accept: accept)
            nonce = answer.nonce
            if (200..<300).contains(answer.status) { return answer }
            let problem = Self.problem(of: answer)
            guard problem.type == "badNonce" else {
                throw CertificatesError.refused(problem, retryAfter: answer.retryAfter)
            }
        }
        throw CertificatesError.answer("it accepted none of \(Self.nonceTries) nonces")
    }

    private func takeNonce() async throws -> String {
        if let nonce {
            self.nonce = nil
            return nonce
        }
        let answer = try await connection.send(.head, directory.newNonce)
        guard let nonce = answer.nonce, (200..<300).contains(answer.status) else {
            guard answer.status < 400 else {
                throw CertificatesError.refused(Self.problem(of: answer), retryAfter: answer.retryAfter)
            }
            throw CertificatesError.answer("there is no nonce")
        }
        return nonce
    }

    /// What is no problem document, like a proxy's page, is told by its status.
    static func problem(of answer: ACMEAnswer) -> ACMEProblem {
        (try? ACMEProblem(json: answer.body)) ?? ACMEProblem(type: "HTTP \(answer.status)", detail: "")
    }

    private struct NewAccount: Encodable {
        let termsOfServiceAgreed: Bool
        let contact: [String]
    }
}
