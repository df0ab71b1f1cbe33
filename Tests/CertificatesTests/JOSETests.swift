import Crypto
import Foundation
import Testing

@testable import Certificates

@Suite struct JOSETests {
    @Test func `a thumbprint is the one in RFC 7638`() throws {
        let modulus =
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
            + "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgd"
            + "AZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCu"
            + "r-kEgU8awapJzKnqDKgw"
        let key = JSONWebKey(members: ["kty": "RSA", "e": "AQAB", "n": modulus])
        #expect(try key.thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    @Test func `a signature is made and laid out as in RFC 7515, appendix A.3`() throws {
        let key = try AccountKey(rawRepresentation: bytes("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"))
        #expect(key.publicKey.members["x"] == "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
        #expect(key.publicKey.members["y"] == "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")

        let payload = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
        let jws = try SignedRequest(
            header: Array(#"{"alg":"ES256"}"#.utf8), payload: Array(payload.utf8), signedBy: key)
        let signed =
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        #expect("\(jws.protected).\(jws.payload)" == signed)

        // Each signature is different; both must verify with the published key.
        let published = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        let point =
            try bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
            + bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        let verifier = try P256.Signing.PublicKey(rawRepresentation: point)
        for signature in [published, jws.signature] {
            let ecdsa = try P256.Signing.ECDSASignature(rawRepresentation: bytes(signature))
            #expect(verifier.isValidSignature(ecdsa, for: Data(signed.utf8)))
        }
    }

    @Test func `the first request carries the key, later ones the account`() throws {
        let key = AccountKey()
        let first = try SignedRequest(
            [], to: "https://ca.test/new", nonce: "n1", as: .key, signedBy: key)
        let header = try header(first)
        #expect(header["alg"] as? String == "ES256")
        #expect(header["nonce"] as? String == "n1")
        #expect(header["url"] as? String == "https://ca.test/new")
        #expect((header["jwk"] as? [String: String]) == key.publicKey.members)
        #expect(header["kid"] == nil)
        #expect(first.payload == "")

        let later = try self.header(
            SignedRequest([], to: "https://ca.test/o", nonce: "n2", as: .account("https://ca.test/a/1"), signedBy: key))
        #expect(later["kid"] as? String == "https://ca.test/a/1")
        #expect(later["jwk"] == nil)
    }

    @Test func `a key authorization is the token and the thumbprint`() throws {
        let key = AccountKey()
        let text = try key.keyAuthorization(for: "abc-_1")
        #expect(try text == "abc-_1." + key.publicKey.thumbprint())
        #expect(try AccountKey(pem: Array(key.pem.utf8)).keyAuthorization(for: "abc-_1") == text)
    }

    @Test func `a signing request names the hosts and is signed by its key`() throws {
        let key = P256.Signing.PrivateKey()
        let der = try SigningRequest.der(for: ["a.test", "b.test"], key: .init(key))
        let pem = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        let folder = NSTemporaryDirectory() + "csr-\(UUID().uuidString).pem"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write("-----BEGIN CERTIFICATE REQUEST-----\n\(pem)\n-----END CERTIFICATE REQUEST-----\n", to: folder)
        let text = try run("openssl", "req", "-in", folder, "-noout", "-text", "-verify")
        #expect(text.contains("DNS:a.test, DNS:b.test"))
        #expect(text.lowercased().contains("verify ok"))
    }

    @Test func `the certificate for TLS-ALPN-01 is as RFC 8737 wants it`() async throws {
        try await withFolder { folder in
            let made = try ChallengeCertificate.make(
                for: "chat.example.test", keyAuthorization: "token.thumbprint", at: Date())
            try write(made.chainPEM, to: folder + "/c.pem")
            let text = try run("openssl", "x509", "-in", folder + "/c.pem", "-noout", "-text")
            #expect(text.contains("DNS:chat.example.test"))
            #expect(text.contains("1.3.6.1.5.5.7.1.31: critical"))
            let digest = SHA256.hash(data: Data("token.thumbprint".utf8)).map { String(format: "%02X", $0) }.joined()
            let dump = try run("openssl", "asn1parse", "-in", folder + "/c.pem")
            #expect(dump.contains("[HEX DUMP]:0420\(digest)"))
        }
    }

    private func header(_ request: SignedRequest) throws -> [String: Any] {
        let json = try JSONSerialization.jsonObject(with: Data(bytes(request.protected)))
        return try #require(json as? [String: Any])
    }

    private func bytes(_ text: String) throws -> [UInt8] {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
        return Array(try #require(Data(base64Encoded: padded)))
    }
}
