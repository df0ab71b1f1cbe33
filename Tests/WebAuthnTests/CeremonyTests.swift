import Crypto
import Testing

@testable import WebAuthn

@Suite struct CeremonyTests {
    private let house = RelyingParty(id: "chat.example", origins: ["https://chat.example"])
    private let challenge = [UInt8](repeating: 7, count: 32)

    private static var keys: [Authenticator] {
        [Authenticator(key: .p256(.init())), Authenticator(key: .ed25519(.init()))]
    }

    private func register(_ one: Authenticator, format: String = "none") throws -> RelyingParty.Credential {
        try house.register(
            clientData: one.clientData("webauthn.create", challenge),
            attestationObject: one.attestation(one.attested, format: format), challenge: challenge,
            requiresVerification: true)
    }

    private func verify(
        _ one: Authenticator, key: PublicKey, after count: UInt32 = 0, type: String = "webauthn.get",
        challenge sent: [UInt8]? = nil, spoil: Bool = false
    ) throws -> RelyingParty.Assertion {
        let (client, data) = (one.clientData(type, sent ?? challenge), one.data())
        var signature = try one.sign(data, client)
        if spoil { signature[signature.count - 1] ^= 1 }
        return try house.verify(
            clientData: client, authenticatorData: data, signature: signature, challenge: challenge, key: key,
            signatureCount: count, requiresVerification: true)
    }

    @Test func `a passkey that was made can be used, with either kind of key`() throws {
        for var one in Self.keys {
            let made = try register(one)
            #expect(made.id == one.id && made.publicKey.bytes == one.coseKey && made.isUserVerified)
            one.count = 5
            let kept = try PublicKey(made.publicKey.bytes)
            #expect(try verify(one, key: kept).signatureCount == 5)
        }
    }

    @Test func `an attestation that nobody asked for is not looked at`() throws {
        let one = Self.keys[0]
        _ = try register(one, format: "packed")
        let odd = one.attestation(one.attested, statement: [0xA1, 0x61, 0x78, 1])
        #expect(throws: WebAuthnError.malformed) {
            try house.register(
                clientData: one.clientData("webauthn.create", challenge), attestationObject: odd,
                challenge: challenge, requiresVerification: true)
        }
    }

    @Test func `what is not for us is refused, each for its reason`() throws {
        let good = Self.keys[0]
        let key = try register(good).publicKey
        func refused(_ error: WebAuthnError, _ change: (inout Authenticator) -> Void) {
            var one = good
            change(&one)
            #expect(throws: error) { try verify(one, key: key) }
        }
        refused(.wrongOrigin) { $0.origin = "https://chat.example.evil" }
        refused(.wrongOrigin) { $0.crossOrigin = true }
        refused(.wrongRelyingParty) { $0.relyingParty = "other.example" }
        refused(.userNotPresent) { $0.flags = 0x04 }
        refused(.userNotVerified) { $0.flags = 0x01 }
        refused(.malformed) { $0.flags = 0x15 }
        refused(.malformed) { $0.flags = 0x45 }
        refused(.badSignature) { $0.key = .p256(.init()) }
        #expect(throws: WebAuthnError.wrongType) { try verify(good, key: key, type: "webauthn.create") }
        #expect(throws: WebAuthnError.wrongChallenge) { try verify(good, key: key, challenge: [1]) }
        #expect(throws: WebAuthnError.wrongChallenge) { try verify(good, key: key, challenge: []) }
        #expect(throws: WebAuthnError.badSignature) { try verify(good, key: key, spoil: true) }
    }

    @Test(arguments: [(0, 0, true), (0, 1, true), (5, 6, true), (5, 5, false), (5, 4, false), (5, 0, false)])
    func `a counter must go up, unless it never counts`(before: UInt32, now: UInt32, isFine: Bool) throws {
        var one = Self.keys[0]
        let key = try register(one).publicKey
        one.count = now
        if isFine {
            _ = try verify(one, key: key, after: before)
        } else {
            #expect(throws: WebAuthnError.counterWentBack) { try verify(one, key: key, after: before) }
        }
    }

    @Test func `keys of other kinds and points off the curve are refused`() {
        let good = Self.keys[0].coseKey
        for (index, byte) in [(2, 3 as UInt8), (4, 0x27), (6, 2), (20, good[20] ^ 1)] {
            var key = good
            key[index] = byte
            #expect(throws: WebAuthnError.unsupportedKey) { try PublicKey(key) }
        }
    }

    @Test func `bytes cut, added or changed anywhere are refused or harmless, and never a crash`() throws {
        let one = Self.keys[1]
        let client = one.clientData("webauthn.create", challenge)
        let object = one.attestation(one.attested)
        func attempt(_ client: [UInt8], _ object: [UInt8]) {
            _ = try? house.register(
                clientData: client, attestationObject: object, challenge: challenge, requiresVerification: true)
        }
        for end in object.indices {
            #expect(throws: WebAuthnError.self) {
                try house.register(
                    clientData: client, attestationObject: Array(object[..<end]), challenge: challenge,
                    requiresVerification: true)
            }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var changed = object
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            attempt(client, changed)
        }
    }
}
