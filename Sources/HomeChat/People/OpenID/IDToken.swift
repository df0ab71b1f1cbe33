import Foundation
import JWTKit

/// What the provider signed about somebody who signed in there (OpenID Connect Core 1.0, 2).
struct IDToken: JWTPayload, Equatable {
    /// How far two clocks may be apart.
    static let skew = Duration.minutes(1)
    /// It was made for this sign-in, which takes no longer.
    static let maximumAge = Duration.minutes(10)
    static let maximumBytes = 32 << 10

    let claims: OpenIDClaims

    init(_ claims: OpenIDClaims) { self.claims = claims }

    init(from decoder: any Decoder) throws { claims = try OpenIDClaims(from: decoder) }

    func encode(to encoder: any Encoder) throws { try claims.encode(to: encoder) }

    /// The signature alone says nothing: see `check`.
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    struct Expected: Sendable {
        let issuer: String
        let clientID: String
        let nonce: String
        let now: Timestamp
        /// The person had to show themselves again, since this moment.
        var authenticatedSince: Timestamp?
    }

    /// OpenID Connect Core 1.0, 3.1.3.7.
    /// - Returns: who it is, for this issuer.
    func check(_ expected: Expected) throws(OpenIDProblem) -> String {
        guard claims.text("iss") == expected.issuer else { throw .token("it is of another issuer") }
        try checkAudience(expected.clientID)
        guard let expires = claims.moment("exp"), expires + Self.skew > expected.now else {
            throw .token("it is over")
        }
        guard let issued = claims.moment("iat"), issued <= expected.now + Self.skew,
            issued + Self.maximumAge + Self.skew > expected.now
        else { throw .token("it was not made now") }
        if claims["nbf"] != nil {
            guard let begins = claims.moment("nbf"), begins <= expected.now + Self.skew else {
                throw .token("it does not hold yet")
            }
        }
        guard claims.text("nonce") == expected.nonce else { throw .token("it is for another sign-in") }
        if let moment = expected.authenticatedSince {
            guard let seen = claims.moment("auth_time"), seen + Self.skew >= moment else {
                throw .refused("the provider did not ask you again; sign out, and in again")
            }
        }
        guard let subject = claims.text("sub"), subject.utf8.count <= 255 else { throw .token("it names nobody") }
        return subject
    }

    private func checkAudience(_ clientID: String) throws(OpenIDProblem) {
        guard let audiences = claims.texts("aud"), audiences.contains(clientID) else {
            throw .token("it is for another client")
        }
        let party = claims.text("azp")
        guard audiences.count == 1 || party != nil, party == nil || party == clientID else {
            throw .token("it was given to another client")
        }
    }
}
