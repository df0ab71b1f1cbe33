import Crypto
import Testing

@testable import HomeChat

@Suite struct OneTimePasswordTests {
    /// RFC 6238, appendix B, the last six of its eight digits.
    @Test(arguments: [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
        (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ])
    func `codes are the specification's`(seconds: Int64, code: String) {
        let password = OneTimePassword(secret: Array("12345678901234567890".utf8))
        let moment = Timestamp(milliseconds: seconds * 1000)
        #expect(password.code(step: OneTimePassword.step(at: moment)) == code)
        #expect(password.step(of: code, at: moment, after: nil) == seconds / 30)
    }

    @Test func `a code is good for one step before and after, and only later than the last`() {
        let password = OneTimePassword(secret: Array(1...20))
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let step = OneTimePassword.step(at: now)
        for (offset, isGood) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] as [(Int64, Bool)] {
            let code = password.code(step: step + offset)
            #expect((password.step(of: code, at: now, after: nil) != nil) == isGood, "\(offset)")
            #expect(password.step(of: code, at: now, after: step + 1) == nil)
        }
        for odd in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            #expect(password.step(of: odd, at: now, after: nil) == nil)
        }
    }

    @Test func `base32 is the specification's`() {
        for (text, code) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            #expect(Base32.encode(Array(text.utf8)) == code)
        }
    }

    @Test func `a backup code may be typed as one likes, and no two are the same`() throws {
        var random = SystemRandomNumberGenerator()
        let codes = BackupCode.all(using: &random)
        #expect(codes.count == 10 && Set(codes.map(\.text)).count == 10)
        let code = codes[0]
        let key = SymmetricKey(size: .bits256)
        for typed in [code.text, code.text.uppercased(), " \(code.text.replacing("-", with: " ")) "] {
            #expect(BackupCode(typed: typed)?.hash(key) == code.hash(key))
        }
        #expect(BackupCode(typed: "123456") == nil && BackupCode(typed: "iiiii-lllll") == nil)
    }
}
