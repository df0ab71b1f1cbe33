import Crypto
import Foundation

/// Why a passkey's answer is not taken.
public enum WebAuthnError: Error, Equatable, Sendable {
    case malformed
    /// Not for what was asked: made instead of used, or used instead of made.
    case wrongType
    case wrongChallenge
    /// From a page that is not ours, or in a frame of another's.
    case wrongOrigin
    /// Made for another server.
    case wrongRelyingParty
    case userNotPresent
    case userNotVerified
    case unsupportedKey
    case badSignature
    /// The counter went back: there may be two of this authenticator.
    case counterWentBack
}

/// The server that passkeys are made for: a domain, and the pages of it that may ask.
public struct RelyingParty: Sendable {
    public let id: String
    public let origins: Set<String>

    public init(id: String, origins: Set<String>) {
        self.id = id
        self.origins = origins
    }

    /// A passkey as it is kept.
    public struct Credential: Sendable {
        public let id: [UInt8]
        public let publicKey: PublicKey
        public let signatureCount: UInt32
        /// It can be, and is, on several devices of its owner.
        public let isBackedUp: Bool
        public let isUserVerified: Bool
    }

    /// What using a passkey showed.
    public struct Assertion: Sendable {
        public let signatureCount: UInt32
        public let isUserVerified: Bool
    }

    /// Level 2 §7.1. Attestation is not asked for, so a statement that comes nevertheless is not looked at.
    public func register(
        clientData: [UInt8], attestationObject: [UInt8], challenge: [UInt8], requiresVerification: Bool
    ) throws(WebAuthnError) -> Credential {
        try require(ClientData(clientData), type: "webauthn.create", challenge: challenge)
        let object: CBOR
        do { object = try CBOR(attestationObject) } catch { throw .malformed }
        guard case .text(let format)? = object["fmt"], case .map(let statement)? = object["attStmt"],
            format != "none" || statement.isEmpty, let bytes = object["authData"]?.bytes
        else { throw .malformed }
        let data = try AuthenticatorData(bytes)
        try require(data, requiresVerification: requiresVerification)
        guard let made = data.credential else { throw .malformed }
        return Credential(
            id: made.id, publicKey: made.publicKey, signatureCount: data.signatureCount,
            isBackedUp: data.flags.contains(.backedUp), isUserVerified: data.flags.contains(.userVerified))
    }

    /// Level 2 §7.2.
    /// - Parameter signatureCount: of the last time that this passkey was used.
    public func verify(
        clientData: [UInt8], authenticatorData: [UInt8], signature: [UInt8], challenge: [UInt8], key: PublicKey,
        signatureCount: UInt32, requiresVerification: Bool
    ) throws(WebAuthnError) -> Assertion {
        try require(ClientData(clientData), type: "webauthn.get", challenge: challenge)
        let data = try AuthenticatorData(authenticatorData)
        try require(data, requiresVerification: requiresVerification)
        guard key.isValid(signature, over: authenticatorData + Array(SHA256.hash(data: clientData))) else {
            throw .badSignature
        }
        // Many passkeys do not count and always say zero (§6.1.1).
        guard data.signatureCount > signatureCount || (data.signatureCount == 0 && signatureCount == 0) else {
            throw .counterWentBack
        }
        return Assertion(
            signatureCount: data.signatureCount, isUserVerified: data.flags.contains(.userVerified))
    }

    private func require(_ client: ClientData, type: String, challenge: [UInt8]) throws(WebAuthnError) {
        guard client.type == type else { throw .wrongType }
        guard !challenge.isEmpty, let sent = Base64URL.decode(client.challenge), sent == challenge else {
            throw .wrongChallenge
        }
        guard origins.contains(client.origin), client.crossOrigin != true else { throw .wrongOrigin }
    }

    private func require(_ data: AuthenticatorData, requiresVerification: Bool) throws(WebAuthnError) {
        guard data.relyingPartyHash == Array(SHA256.hash(data: Data(id.utf8))) else { throw .wrongRelyingParty }
        guard data.flags.contains(.userPresent) else { throw .userNotPresent }
        guard !requiresVerification || data.flags.contains(.userVerified) else { throw .userNotVerified }
        // What is backed up must be able to be (Level 3 §6.1.3).
        guard data.flags.contains(.backupEligible) || !data.flags.contains(.backedUp) else { throw .malformed }
    }
}
