import Foundation
import JWTKit
import WebAuthn

/// The public keys of the provider (RFC 7517), and what they say of a token.
struct ProviderKeys: Sendable {
    static let maximumKeys = 50

    /// Only signatures that the provider alone can make: neither `none`, nor a code with a key that both sides know.
    enum Algorithm: String, CaseIterable, Sendable {
        case rs256 = "RS256"
        case rs384 = "RS384"
        case rs512 = "RS512"
        case ps256 = "PS256"
        case ps384 = "PS384"
        case ps512 = "PS512"
        case es256 = "ES256"
        case es384 = "ES384"
        case es512 = "ES512"
        case edDSA = "EdDSA"
    }

    /// A key of a kind that we know. Others are left out, and do not spoil the rest.
    private struct Key: Sendable {
        let id: String?
        let algorithms: Set<Algorithm>
        let make: @Sendable (Algorithm) -> JWK
    }

    private let keys: [Key]

    init(_ body: [UInt8]) throws(OpenIDProblem) {
        guard let set = OpenIDClaims(json: body), case .array(let items)? = set["keys"] else {
            throw .provider("its keys are no JSON Web Key Set")
        }
        keys = items.prefix(Self.maximumKeys).compactMap {
            guard case .object(let fields) = $0 else { return nil }
            return Self.key(OpenIDClaims(fields))
        }
    }

    enum Verdict: Sendable, Equatable {
        case verified(IDToken)
        /// Signed with a key that is not among these: there may be newer ones.
        case unknownKey
        /// Not by the key that it names. Some providers put another key under the same name.
        case wrongSignature

        var isGood: Bool {
            if case .verified = self { true } else { false }
        }
    }

    /// - Throws: `token` for everything that newer keys would not mend.
    func verify(_ token: String) async throws(OpenIDProblem) -> Verdict {
        let header = try TokenHeader(of: token)
        let fitting = keys.filter { $0.algorithms.contains(header.algorithm) }
        let candidates = header.keyID.map { id in fitting.filter { $0.id == id } } ?? fitting
        guard !candidates.isEmpty else { return .unknownKey }
        for key in candidates {
            // One collection for each key, so that nothing but this key and this algorithm can be meant.
            let only = JWTKeyCollection()
            guard (try? await only.add(jwk: key.make(header.algorithm))) != nil else { continue }
            if let token = try? await only.verify(token, as: IDToken.self) { return .verified(token) }
        }
        // Without an id any key could have been meant, and so could a newer one.
        return header.keyID == nil ? .unknownKey : .wrongSignature
    }

    private static func key(_ fields: OpenIDClaims) -> Key? {
        guard fields["use"] == nil || fields.text("use") == "sig" else { return nil }
        let id = fields.text("kid")
        var algorithms: Set<Algorithm>
        let make: @Sendable (Algorithm) -> JWK
        switch (fields.text("kty"), fields.text("crv")) {
        case ("RSA", _):
            guard let modulus = fields.number("n", 256...1024), let exponent = fields.number("e", 1...8) else {
                return nil
            }
            algorithms = [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
            make = {
                .rsa(.init(rawValue: $0.rawValue), identifier: "key", modulus: modulus, exponent: exponent)
            }
        case ("EC", let curve?):
            guard let (algorithm, size, named) = Self.curves[curve], let x = fields.number("x", size...size),
                let y = fields.number("y", size...size)
            else { return nil }
            algorithms = [algorithm]
            make = { .ecdsa(.init(rawValue: $0.rawValue), identifier: "key", x: x, y: y, curve: named) }
        case ("OKP", "Ed25519"):
            guard let x = fields.number("x", 32...32) else { return nil }
            algorithms = [.edDSA]
            make = { _ in .octetKeyPair(.eddsa, identifier: "key", x: x, y: nil, curve: .ed25519) }
        default: return nil
        }
        if fields["alg"] != nil {
            guard let own = fields.text("alg").flatMap(Algorithm.init), algorithms.contains(own) else { return nil }
            algorithms = [own]
        }
        return Key(id: id, algorithms: algorithms, make: make)
    }

    private static let curves: [String: (Algorithm, bytes: Int, ECDSACurve)] = [
        "P-256": (.es256, 32, .p256), "P-384": (.es384, 48, .p384), "P-521": (.es512, 66, .p521),
    ]
}

/// What a token says of how it is signed, before anything of it is believed.
struct TokenHeader: Sendable, Equatable {
    let algorithm: ProviderKeys.Algorithm
    let keyID: String?

    init(of token: String) throws(OpenIDProblem) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard token.utf8.count <= IDToken.maximumBytes, parts.count == 3,
            parts.allSatisfy({ !$0.isEmpty && Base64URL.decode(String($0)) != nil }),
            let fields = Base64URL.decode(String(parts[0])).flatMap(OpenIDClaims.init(json:)),
            Base64URL.decode(String(parts[1])).flatMap(OpenIDClaims.init(json:)) != nil
        else { throw .token("it is no signed token") }
        guard let algorithm = fields.text("alg").flatMap(ProviderKeys.Algorithm.init) else {
            throw .token("its algorithm is none that we take")
        }
        guard fields["crit"] == nil else { throw .token("it asks for what we do not know") }
        self.algorithm = algorithm
        keyID = fields.text("kid")
    }
}

extension OpenIDClaims {
    /// A number of a key in base64url, as it was written, if it has so many bytes.
    fileprivate func number(_ name: String, _ lengths: ClosedRange<Int>) -> String? {
        guard let text = text(name), let bytes = Base64URL.decode(text), lengths.contains(bytes.count),
            bytes.contains(where: { $0 != 0 })
        else { return nil }
        return text
    }
}
