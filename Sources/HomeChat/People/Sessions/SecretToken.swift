import Crypto
import Foundation

/// A bearer secret: 256 random bits, of which only the SHA-256 is ever stored.
struct SecretToken: Sendable {
    let text: String
    let hash: [UInt8]

    private init(text: String) {
        self.text = text
        hash = Self.hash(of: text)
    }

    static func session(using random: inout some RandomNumberGenerator) -> SecretToken {
        SecretToken(text: letters(43, using: &random))
    }

    /// `hc_<8>_<secret>`; the eight letters are shown in lists, so that a person can tell tokens apart.
    static func api(using random: inout some RandomNumberGenerator) -> (token: SecretToken, prefix: String) {
        let prefix = letters(8, using: &random)
        return (SecretToken(text: "hc_\(prefix)_\(letters(43, using: &random))"), prefix)
    }

    static func hash(of text: String) -> [UInt8] {
        Array(SHA256.hash(data: Data(text.utf8)))
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

    /// Each letter carries log2(62) = 5.95 bits: 43 of them are 256.
    private static func letters(_ count: Int, using random: inout some RandomNumberGenerator) -> String {
        String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
    }
}
