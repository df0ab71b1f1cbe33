import Crypto
import Foundation

/// The six digits of an authenticator app: TOTP with SHA-1 and steps of 30 seconds (RFC 6238), as every app knows it.
struct OneTimePassword: Sendable {
    static let period: Int64 = 30
    static let digits = 6
    /// A clock may be one step off; more would only help who guesses.
    static let tolerance: Int64 = 1

    /// 160 bits, as long as what SHA-1 makes (RFC 4226 §4).
    static let secretBytes = 20

    let secret: [UInt8]

    init(secret: [UInt8]) {
        self.secret = secret
    }

    static func random(using random: inout some RandomNumberGenerator) -> OneTimePassword {
        OneTimePassword(secret: (0..<secretBytes).map { _ in .random(in: 0...255, using: &random) })
    }

    static func step(at now: Timestamp) -> Int64 { now.milliseconds / (period * 1000) }

    /// RFC 4226 §5.3.
    func code(step: Int64) -> String {
        let counter = (0..<8).reversed().map { UInt8(truncatingIfNeeded: step >> ($0 * 8)) }
        let hash = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let offset = Int(hash[hash.count - 1] & 15)
        let number = hash[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(number % 1_000_000)
        return String(repeating: "0", count: Self.digits - text.count) + text
    }

    /// The step whose code this is, if it is later than the last one that was taken; so no code is taken twice (§5.2).
    func step(of code: String, at now: Timestamp, after last: Int64?) -> Int64? {
        let current = Self.step(at: now)
        // All are compared, so that time tells nothing.
        let matching = (current - Self.tolerance...current + Self.tolerance).filter {
            isEqual(Array(self.code(step: $0).utf8), Array(code.utf8))
        }
        return matching.first { last == nil || $0 > last ?? 0 }
    }

    /// What the app reads from the QR code.
    func address(account: String, issuer: String) -> String {
        let (account, issuer) = (account.pathEscaped, issuer.pathEscaped)
        return "otpauth://totp/\(issuer):\(account)?secret=\(Base32.encode(secret))&issuer=\(issuer)"
            + "&algorithm=SHA1&digits=\(Self.digits)&period=\(Self.period)"
    }
}

/// RFC 4648 §6, without padding: what people type into an app that has no camera.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (buffer, bits) = (UInt32(0), 0)
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
