/// The body of a POST to a certificate authority: a JWS in flattened JSON form (RFC 7515 §7.2.2, RFC 8555 §6.2).
struct SignedRequest: Encodable, Sendable {
    /// How the authority knows the key: by itself in the first request, afterwards by the account's URL.
    enum Identity: Sendable {
        case key
        case account(String)
    }

    let protected: String
    let payload: String
    let signature: String

    /// - Parameter payload: JSON, or empty for a POST-as-GET (RFC 8555 §6.3).
    init(
        _ payload: [UInt8], to url: String, nonce: String, as identity: Identity, signedBy key: AccountKey
    ) throws(CertificatesError) {
        let header =
            switch identity {
            case .key: Header(nonce: nonce, url: url, jwk: key.publicKey, kid: nil)
            case .account(let account): Header(nonce: nonce, url: url, jwk: nil, kid: account)
            }
        try self.init(header: CanonicalJSON.encode(header), payload: payload, signedBy: key)
    }

    init(header: [UInt8], payload: [UInt8], signedBy key: AccountKey) throws(CertificatesError) {
        protected = Base64URL.encode(header)
        self.payload = Base64URL.encode(payload)
        signature = try Base64URL.encode(key.sign(Array("\(protected).\(self.payload)".utf8)))
    }

    private struct Header: Encodable {
        let alg = "ES256"
        let nonce: String
        let url: String
        let jwk: JSONWebKey?
        let kid: String?
    }
}
