import Crypto
import Foundation

/// The members of a public key that its thumbprint covers (RFC 7638 §3.2), by name.
struct JSONWebKey: Encodable, Sendable {
    let members: [String: String]

    func encode(to encoder: any Encoder) throws {
        try members.encode(to: encoder)
    }

    /// Base64url of the SHA-256 over the members in order of their names, without white space (RFC 7638 §3).
    func thumbprint() throws(CertificatesError) -> String {
        try Base64URL.encode(SHA256.hash(data: CanonicalJSON.encode(self)))
    }
}

enum Base64URL {
    /// Without padding (RFC 7515 §2).
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

enum CanonicalJSON {
    /// Members sorted by name, no white space, no escaped slashes.
    static func encode(_ value: some Encodable) throws(CertificatesError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw .invalid("cannot be written as JSON")
        }
    }
}
