import WebAuthn

/// A known passkey, as browsers want it named.
private struct CredentialJSON: Encodable {
    let type = "public-key"
    let id: String

    init(_ id: [UInt8]) {
        self.id = Base64URL.encode(id)
    }
}

/// How long the browser may take over it.
private let timeoutMilliseconds = PasskeyChallenge.lifetime.milliseconds

/// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn Level 3 §5.1.8).
struct PasskeyCreationOptions: Encodable {
    private struct Party: Encodable {
        let id, name: String
    }

    private struct Account: Encodable {
        let id, name, displayName: String
    }

    private struct Algorithm: Encodable {
        let type = "public-key"
        let alg: Int64
    }

    private struct Selection: Encodable {
        let residentKey = "preferred"
        let userVerification = "required"
    }

    private let challenge: String
    private let rp: Party
    private let user: Account
    private let pubKeyCredParams = PublicKey.algorithms.map { Algorithm(alg: $0) }
    private let excludeCredentials: [CredentialJSON]
    private let authenticatorSelection = Selection()
    private let attestation = "none"
    private let timeout = timeoutMilliseconds

    init(_ request: Passkeys.Request, at party: RelyingParty, siteName: String) {
        challenge = Base64URL.encode(request.challenge.bytes)
        rp = Party(id: party.id, name: siteName)
        // The number alone: a passkey's user handle must not say who somebody is (§14.6.1).
        let id = request.user?.id.value ?? 0
        user = Account(
            id: Base64URL.encode((0..<8).reversed().map { UInt8(truncatingIfNeeded: id >> ($0 * 8)) }),
            name: request.user?.username ?? "", displayName: request.user?.displayName ?? "")
        excludeCredentials = request.credentials.map { CredentialJSON($0) }
    }
}

/// `PublicKeyCredentialRequestOptionsJSON`.
struct PasskeyRequestOptions: Encodable {
    private let challenge: String
    private let rpId: String
    private let allowCredentials: [CredentialJSON]
    private let userVerification: String
    private let timeout = timeoutMilliseconds

    init(_ request: Passkeys.Request, at party: RelyingParty, requiresVerification: Bool) {
        challenge = Base64URL.encode(request.challenge.bytes)
        rpId = party.id
        allowCredentials = request.credentials.map { CredentialJSON($0) }
        userVerification = requiresVerification ? "required" : "preferred"
    }
}
