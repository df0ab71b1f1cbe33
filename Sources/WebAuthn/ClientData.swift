import Foundation

/// What the browser adds: which page asked, and with which challenge (WebAuthn Level 2 §5.8.1).
struct ClientData: Sendable, Decodable {
    static let maximumBytes = 8 << 10

    let type: String
    let challenge: String
    let origin: String
    let crossOrigin: Bool?

    init(_ json: [UInt8]) throws(WebAuthnError) {
        guard json.count <= Self.maximumBytes else { throw .malformed }
        do { self = try JSONDecoder().decode(ClientData.self, from: Data(json)) } catch { throw .malformed }
    }
}

/// Base64 for addresses and JSON (RFC 4648 §5), without padding.
public enum Base64URL {
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    /// nil for everything that `encode` does not write.
    public static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.allSatisfy(isLetter) else { return nil }
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain + padding), encode(data) == text else { return nil }
        return Array(data)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
