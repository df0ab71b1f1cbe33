import Foundation

@testable import HomeChat
@testable import WebAuthn

extension FuzzTarget {
    /// A well-formed item says the same when it is read again, and nothing of it is taken twice.
    static let cbor = FuzzTarget(name: "cbor") { bytes in
        guard let item = try? CBOR(bytes) else { return }
        precondition((try? CBOR(bytes)) == item)
        _ = (item.integer, item.bytes, item["fmt"], item[-1])
        precondition((try? CBOR(bytes + [0])) == nil, "something behind the item was taken for it")
    }

    static let authenticatorData = FuzzTarget(name: "authenticator") { bytes in
        guard let data = try? AuthenticatorData(bytes) else { return }
        precondition(data.flags.contains(.attestedCredential) == (data.credential != nil))
        guard let made = data.credential else { return }
        precondition((1...AuthenticatorData.AttestedCredential.maximumID).contains(made.id.count))
        precondition((try? PublicKey(made.publicKey.bytes)) != nil, "a key that was taken cannot be read again")
    }

    /// The first two bytes say how long the client data is; the rest is an attestation object, or data and signature. Nobody
    /// gets in: the challenge is of random bytes that no input can know.
    static let passkey = FuzzTarget(name: "passkey") { bytes in
        guard bytes.count > 2 else { return }
        let (count, rest) = (Int(bytes[0]) << 8 | Int(bytes[1]), bytes.dropFirst(2))
        let (client, other) = (Array(rest.prefix(count)), Array(rest.dropFirst(count)))
        let answer = PasskeyAnswer(
            credentialID: other, clientData: client, attestationObject: other, authenticatorData: other,
            signature: Array(other.suffix(72)))
        _ = answer.challenge
        let party = RelyingParty(id: "localhost", origins: ["http://localhost:3000"])
        // The challenge that the browser claims: everything behind that check is reached as well.
        let claimed = answer.challenge ?? []
        let made = try? party.register(
            clientData: client, attestationObject: other, challenge: claimed, requiresVerification: true)
        if let made { precondition(made.isUserVerified && !claimed.isEmpty) }
        precondition(
            (try? party.register(
                clientData: client, attestationObject: other, challenge: secret, requiresVerification: false)) == nil)
        guard let key = made?.publicKey ?? passkeyKey else { return }
        _ = try? party.verify(
            clientData: client, authenticatorData: other, signature: answer.signature, challenge: claimed, key: key,
            signatureCount: 0, requiresVerification: false)
    }

    private static let secret: [UInt8] = (0..<32).map { _ in .random(in: 0...255) }

    /// Ed25519's base point: a key like any other.
    private static let passkeyKey = try? PublicKey(
        [0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20, 0x58] + [UInt8](repeating: 0x66, count: 31))
}
