import Crypto
import Foundation
import JWTKit
import Testing
import WebAuthn

@testable import HomeChat

@Suite struct OpenIDTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)
    private let expected = IDToken.Expected(
        issuer: "https://id.example.org", clientID: "homechat", nonce: "once", now: Self.now)

    private func claims(_ changes: [String: JSONValue] = [:]) -> IDToken {
        let seconds = Self.now.milliseconds / 1000
        let fit: [String: JSONValue] = [
            "iss": .string("https://id.example.org"), "aud": .string("homechat"), "sub": .string("fay"),
            "nonce": .string("once"), "iat": .integer(seconds), "exp": .integer(seconds + 300),
        ]
        return IDToken(OpenIDClaims(fit.merging(changes) { $1 }))
    }

    @Test func `a fit token names somebody`() throws {
        #expect(try claims().check(expected) == "fay")
        #expect(try claims(["aud": .array([.string("homechat")])]).check(expected) == "fay")
        #expect(
            try claims(["aud": .array([.string("a"), .string("homechat")]), "azp": .string("homechat")])
                .check(expected) == "fay")
    }

    @Test(
        arguments: [
            ("iss", .string("https://id.example.org/")), ("aud", .string("HomeChat")), ("aud", .null),
            ("aud", .array([])),
            ("aud", .array([.string("homechat"), .integer(1)])), ("azp", .string("another")),
            ("exp", .integer(1_799_999_939)), ("exp", .string("1800000300")), ("exp", .integer(.max)), ("exp", .null),
            ("exp", .number(.infinity)), ("iat", .integer(1_800_000_061)), ("iat", .integer(.min)),
            ("iat", .integer(1_799_999_300)), ("nbf", .integer(1_800_000_061)), ("nbf", .string("now")),
            ("nonce", .string("")), ("nonce", .null), ("sub", .null), ("sub", .integer(1)),
            ("sub", .string(String(repeating: "a", count: 256))), ("sub", .string("nul\0nul")),
        ] as [(String, JSONValue)])
    func `each claim counts`(_ name: String, _ value: JSONValue) {
        #expect(throws: OpenIDProblem.self) { try claims([name: value]).check(expected) }
    }

    @Test func `whoever has to show themselves again has to have done so`() throws {
        var expected = expected
        expected.authenticatedSince = Self.now - .minutes(2)
        let seconds = Self.now.milliseconds / 1000
        #expect(try claims(["auth_time": .integer(seconds - 100)]).check(expected) == "fay")
        #expect(throws: OpenIDProblem.self) { try claims(["auth_time": .integer(seconds - 300)]).check(expected) }
        #expect(throws: OpenIDProblem.self) { try claims().check(expected) }
    }

    @Test func `keys that we do not know leave the others alone`() async throws {
        let key = EdDSAKeyPair()
        let keys = try ProviderKeys(
            Array(
                """
                {"keys": [7, {"kty": "oct", "k": "AAAA"}, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}, {"kty": "EC",
                "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "EC", "crv": "P-256", "x": "\(key.x)", "y": "\(key.x)"},
                {"kty": "OKP", "crv": "Ed25519", "x": "\(key.x)", "kid": "own"}]}
                """.utf8))
        let token = try key.signed(#"{"alg":"EdDSA","kid":"own"}"#, #"{"sub":"fay"}"#)
        #expect(try await keys.verify(token) == .verified(IDToken(OpenIDClaims(["sub": .string("fay")]))))
        let other = try key.signed(#"{"alg":"EdDSA","kid":"other"}"#, "{}")
        #expect(try await keys.verify(other) == .unknownKey)
        let mixed = try key.signed(#"{"alg":"ES256"}"#, "{}")
        #expect(try await keys.verify(mixed) == .unknownKey)
        #expect(try await keys.verify(token.dropLast(4) + "AAAA") == .wrongSignature)
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"alg":"none"}"#, #"{"alg":"HS256"}"#, #"{"alg":"EdDSA","crit":["exp"]}"#, #"{"alg":7}"#,
        String(repeating: "[", count: 500),
    ])
    func `a header that asks for what we do not take is not looked at further`(_ header: String) {
        #expect(throws: OpenIDProblem.self) { try TokenHeader(of: Base64URL.encode(header.utf8) + ".e30.AA") }
    }

    @Test(arguments: ["", ".", "..", ".e30.AA", "H.e30", "H.e30.", "H.W10.AA", "H.e30=.AA", "H.e30.AA.AA", "H.e 30.AA"])
    func `what is no signed token is not looked at`(_ text: String) {
        let header = Base64URL.encode(#"{"alg":"EdDSA"}"#.utf8)
        #expect(throws: OpenIDProblem.self) { try TokenHeader(of: text.replacing("H", with: header)) }
        #expect(throws: Never.self) { try TokenHeader(of: header + ".e30.AA") }
    }

    @Test func `an attempt is known to this server, for ten minutes`() throws {
        let sealer = Sealer(.random())
        let attempt = OpenIDAttempt(.signIn, returnTo: "/settings", at: Self.now)
        let cookie = try attempt.sealed(sealer)
        #expect(OpenIDAttempt(cookie: cookie, sealer, at: Self.now + .minutes(9)) == attempt)
        #expect(OpenIDAttempt(cookie: cookie, sealer, at: Self.now + .minutes(10)) == nil)
        #expect(OpenIDAttempt(cookie: cookie, Sealer(.random()), at: Self.now) == nil)
        #expect(OpenIDAttempt(cookie: cookie + "A", sealer, at: Self.now) == nil)
        #expect(OpenIDAttempt(cookie: nil, sealer, at: Self.now) == nil)
        // RFC 7636, appendix B.
        #expect(attempt.challenge == Base64URL.encode(SHA256.hash(data: Data(attempt.verifier.utf8))))
        let long = OpenIDAttempt(.signIn, returnTo: "/" + String(repeating: "a", count: 999), at: Self.now)
        #expect(try long.sealed(sealer).utf8.count < OpenIDAttempt.maximumCookie)
    }
}

private struct EdDSAKeyPair {
    let key = Curve25519.Signing.PrivateKey()

    var x: String { Base64URL.encode(key.publicKey.rawRepresentation) }

    func signed(_ header: String, _ payload: String) throws -> String {
        let text = Base64URL.encode(header.utf8) + "." + Base64URL.encode(payload.utf8)
        return text + "." + Base64URL.encode(try key.signature(for: Data(text.utf8)))
    }
}
