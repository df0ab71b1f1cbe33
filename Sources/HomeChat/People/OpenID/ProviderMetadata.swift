import Foundation

/// What the provider says of itself (OpenID Connect Discovery 1.0, 3), as far as it is needed here.
struct ProviderMetadata: Sendable, Equatable {
    /// How the server shows at the token endpoint that it is the client.
    enum ClientProof: Sendable, Equatable {
        case basic, post, none
    }

    let issuer: String
    let authorization: OutboundURL
    let token: OutboundURL
    let keys: OutboundURL
    let userInfo: OutboundURL?
    let clientProof: ClientProof
    /// RFC 9207: answers name their issuer, so one without it is not the provider's.
    let namesItself: Bool

    /// - Parameter issuer: the configured one, of which this must be the document.
    init(_ body: [UInt8], issuer: String, hasSecret: Bool) throws(OpenIDProblem) {
        guard let fields = OpenIDClaims(json: body) else { throw .provider("its configuration is no JSON") }
        guard fields.text("issuer") == issuer else { throw .provider("its configuration is of another issuer") }
        self.issuer = issuer
        authorization = try Self.address("authorization_endpoint", fields)
        token = try Self.address("token_endpoint", fields)
        keys = try Self.address("jwks_uri", fields)
        userInfo = fields["userinfo_endpoint"] == nil ? nil : try Self.address("userinfo_endpoint", fields)
        namesItself = fields["authorization_response_iss_parameter_supported"] == .boolean(true)
        clientProof = try Self.clientProof(fields, hasSecret: hasSecret)
        if let methods = fields.texts("code_challenge_methods_supported"), !methods.contains("S256") {
            throw .provider("it does not know PKCE with S256")
        }
        if let algorithms = fields.texts("id_token_signing_alg_values_supported"),
            !algorithms.contains(where: { ProviderKeys.Algorithm(rawValue: $0) != nil })
        {
            throw .provider("it signs with no algorithm that we take")
        }
    }

    static func address(of issuer: String) -> OutboundURL? {
        OutboundURL((issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration")
    }

    private static func address(_ name: String, _ fields: OpenIDClaims) throws(OpenIDProblem) -> OutboundURL {
        guard let url = fields.text(name).flatMap({ OutboundURL($0) }) else {
            throw .provider("its \(name) is no https address")
        }
        return url
    }

    /// Without a list it is `client_secret_basic` (Discovery 1.0, 3).
    private static func clientProof(_ fields: OpenIDClaims, hasSecret: Bool) throws(OpenIDProblem) -> ClientProof {
        guard hasSecret else { return .none }
        guard let methods = fields.texts("token_endpoint_auth_methods_supported") else { return .basic }
        if methods.contains("client_secret_basic") { return .basic }
        if methods.contains("client_secret_post") { return .post }
        throw .provider("it takes the client's secret in no way that we know")
    }
}
