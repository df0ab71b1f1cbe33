import Foundation
import Testing

@testable import HomeChat

@Suite struct SealingTests {
    private let key = MasterKey.random()
    private static let unfit: [String] = {
        let good = MasterKey.random().text
        let counted = [UInt8](0..<32).hexadecimal
        let repeated = ["0", "0123456789abcdef", String(good.prefix(32))].map { text in
            String(repeating: text, count: 64 / text.count)
        }
        return repeated + ["", "secret", counted, good + "00", good.dropLast() + "", good.dropLast() + "g"]
            + [good.dropLast(2) + "+1"]
    }()
    private let secret = Array("the cat is called Minka".utf8)

    @Test func `what is sealed for one purpose opens for no other`() throws {
        for purpose in MasterKey.Purpose.allCases {
            let sealed = try key.seal(secret, for: purpose)
            #expect(try key.open(sealed, for: purpose) == secret)
            for other in MasterKey.Purpose.allCases where other != purpose {
                #expect(throws: SealError.damaged) { try key.open(sealed, for: other) }
                #expect(key.key(for: purpose) != key.key(for: other))
            }
        }
    }

    @Test func `each sealed value names its key, differs from the last and shows nothing`() throws {
        let one = try key.seal(secret, for: .totp)
        let two = try key.seal(secret, for: .totp)
        #expect(try MasterKey.id(of: one) == key.id)
        #expect(one != two)
        for sealed in [one, two] {
            #expect(!String(decoding: sealed, as: UTF8.self).contains("Minka"))
            #expect(Data(sealed).range(of: Data(key.bytes)) == nil)
        }
        #expect(!key.text.contains(key.id))
    }

    @Test func `one flipped bit, one byte less or one more is refused`() throws {
        let sealed = try key.seal(secret, for: .server)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(throws: SealError.self) { try key.open(changed, for: .server) }
            }
        }
        for length in 0..<sealed.count {
            #expect(throws: SealError.damaged) { try key.open(Array(sealed.prefix(length)), for: .server) }
        }
        #expect(throws: SealError.damaged) { try key.open(sealed + [0], for: .server) }
        #expect(throws: SealError.otherKey) { try MasterKey.random().open(sealed, for: .server) }
    }

    @Test func `a key comes back from its text`() throws {
        let again = try MasterKey(text: "  \(key.text.uppercased())\n", from: "here")
        #expect(again.id == key.id && again.text == key.text)
        #expect(try again.open(try key.seal(secret, for: .device), for: .device) == secret)
    }

    @Test(arguments: unfit)
    func `a short, typed or repeating key is refused without being repeated`(text: String) throws {
        do {
            _ = try MasterKey(text: text, from: "HOMECHAT_MASTER_KEY")
            Issue.record("taken: \(text)")
        } catch {
            #expect("\(error)".hasPrefix("HOMECHAT_MASTER_KEY holds no master key"))
            #expect(text.isEmpty || !"\(error)".contains(text))
        }
    }

    @Test func `a thousand random keys are all fit`() throws {
        for _ in 0..<1000 { _ = try MasterKey(text: MasterKey.random().text, from: "here") }
    }

    @Test func `what holds secrets says nothing of itself, also inside of others`() throws {
        var settings = Settings()
        settings.masterKey = "canary"
        settings.setupSecret = "canary"
        settings.mail.password = "canary"
        (settings.mail.url, settings.mail.from) = ("smtp://127.0.0.1:25", "home@example.org")
        settings.openID.clientSecret = "canary"
        settings.databaseURL = .postgres("postgres://db/canary")
        var random = SystemRandomNumberGenerator()
        let token = SecretToken.session(using: &random)
        let attempt = OpenIDAttempt(.signIn, returnTo: nil, invitation: "canary", at: .now)
        let holders: [Any] = [
            settings, settings.mail, settings.openID, try #require(MailServer(settings.mail)), attempt, [settings],
            Optional(settings) as Any, MasterKeyFile(settings: settings),
            CredentialsFile(keys: MasterKeyFile(settings: settings)), SealedCredentials.offline(settings), key, [key],
            OneTimePassword(secret: secret), token,
        ]
        let hidden = ["canary", key.text, token.text, attempt.state, attempt.nonce, attempt.verifier, "116, 104, 101"]
        for holder in holders {
            var dumped = ""
            dump(holder, to: &dumped)
            for text in [String(describing: holder), String(reflecting: holder), dumped, "\(holder)"] {
                #expect(!hidden.contains { text.contains($0) })
                #expect(!text.contains("\(key.bytes[0]), \(key.bytes[1]), \(key.bytes[2])"))
            }
        }
    }

    @Test(arguments: ["0", "+f", "-1", "0x", " 1", "g0", "0000+f", "٠٠", "１１", "é"])
    func `what is no pair of hexadecimal digits is no byte`(text: String) {
        #expect([UInt8](hexadecimal: text) == nil)
    }

    @Test func `each byte comes back from its digits, large or small`() {
        let all = [UInt8](0...255)
        #expect([UInt8](hexadecimal: all.hexadecimal) == all && all.hexadecimal.hasPrefix("000102"))
        #expect([UInt8](hexadecimal: all.hexadecimal.uppercased()) == all && [UInt8](hexadecimal: "") == [])
    }

    /// Whoever seals a value in a new table has to tell the rotation of it.
    @Test func `everything that is sealed for the database is known to the rotation`() throws {
        let rotated = Set(SealedPlace.all.map(\.purpose.rawValue))
        for file in try SourceFile.all(under: "Sources/HomeChat") {
            for call in file.text.matches(of: /sealer\.seal\([^\n]*for: \.([a-z]+)/) {
                #expect(rotated.contains(String(call.1)), "\(file.path) seals for \(call.1)")
            }
        }
    }
}
