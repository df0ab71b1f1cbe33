import Crypto
import Foundation

@testable import WebAuthn

/// An authenticator in software, that can also lie.
struct Authenticator {
    enum Key {
        case p256(P256.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    var key: Key
    var relyingParty = "chat.example"
    var origin = "https://chat.example"
    var flags: UInt8 = 0x05
    var count: UInt32 = 0
    var id: [UInt8] = Array(1...16)
    var crossOrigin = false

    func clientData(_ type: String, _ challenge: [UInt8]) -> [UInt8] {
        Array(
            #"{"type":"\#(type)","challenge":"\#(Base64URL.encode(challenge))","origin":"\#(origin)","crossOrigin":\#(crossOrigin)}"#
                .utf8)
    }

    func data(extra: [UInt8] = [], flags more: UInt8 = 0) -> [UInt8] {
        let counter = (0..<4).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
        return Array(SHA256.hash(data: Data(relyingParty.utf8))) + [flags | more] + counter + extra
    }

    var coseKey: [UInt8] {
        switch key {
        case .p256(let key):
            let point = Array(key.publicKey.x963Representation.dropFirst())
            return [0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32] + point[..<32] + [0x22, 0x58, 32] + point[32...]
        case .ed25519(let key):
            return [0xA4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32] + Array(key.publicKey.rawRepresentation)
        }
    }

    var attested: [UInt8] {
        data(extra: [UInt8](repeating: 0, count: 16) + [0, UInt8(id.count)] + id + coseKey, flags: 0x40)
    }

    /// {"fmt": format, "attStmt": {}, "authData": …}
    func attestation(_ data: [UInt8], format: String = "none", statement: [UInt8] = [0xA0]) -> [UInt8] {
        func text(_ text: String) -> [UInt8] { [0x60 | UInt8(text.utf8.count)] + Array(text.utf8) }
        let length: [UInt8] = [0x59, UInt8(data.count >> 8), UInt8(data.count & 255)]
        return [0xA3] + text("fmt") + text(format) + text("attStmt") + statement + text("authData") + length + data
    }

    func sign(_ data: [UInt8], _ clientData: [UInt8]) throws -> [UInt8] {
        let signed = data + Array(SHA256.hash(data: clientData))
        switch key {
        case .p256(let key): return Array(try key.signature(for: signed).derRepresentation)
        case .ed25519(let key): return Array(try key.signature(for: signed))
        }
    }
}
