import Crypto
import Foundation

/// For the day the telephone is lost: ten codes of 50 bits on paper, each good for one sign-in.
struct BackupCode: Sendable {
    static let count = 10
    private static let letters = Array("abcdefghjkmnpqrstuvwxyz0123456789".prefix(32))
    private static let length = 10

    /// `abcde-12345`.
    let text: String

    private init(text: String) {
        self.text = text
    }

    static func all(using random: inout some RandomNumberGenerator) -> [BackupCode] {
        (0..<count).map { _ in
            let drawn = (0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }
            return BackupCode(text: "\(String(drawn.prefix(5)))-\(String(drawn.suffix(5)))")
        }
    }

    /// Read from what a person typed: case, blanks and hyphens do not matter. nil for what cannot be one.
    init?(typed text: String) {
        let bare = text.lowercased().filter { $0 != "-" && !$0.isWhitespace }
        guard bare.count == Self.length, bare.allSatisfy(Self.letters.contains) else { return nil }
        self.text = "\(bare.prefix(5))-\(bare.suffix(5))"
    }

    /// HMAC-SHA256 with a key that is not in the database: 50 bits alone could be found by trying.
    func hash(_ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }
}
