import Foundation
import WebAuthn

/// What the browser hands over of a passkey. Bytes of strangers: nothing of it is believed before it is verified.
struct PasskeyAnswer: Sendable {
    static let maximumBytes = 16 << 10

    let credentialID: [UInt8]
    let clientData: [UInt8]
    /// When it was made.
    let attestationObject: [UInt8]
    /// When it was used.
    let authenticatorData: [UInt8]
    let signature: [UInt8]

    /// What the browser says that it signed. To look the challenge up; whether it is right, the verification tells.
    var challenge: [UInt8]? {
        struct Data: Decodable { let challenge: String }
        guard let data = try? JSONDecoder().decode(Data.self, from: Foundation.Data(clientData)) else { return nil }
        return Base64URL.decode(data.challenge)
    }
}

/// One that was verified and is not kept yet.
struct NewPasskey: Sendable {
    let credential: RelyingParty.Credential
    let relyingParty: String
    let name: String

    static func name(_ text: String) throws -> String {
        let name = try line(text, "name", atMost: 50)
        return name.isEmpty ? "Passkey" : name
    }
}
