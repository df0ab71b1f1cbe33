import Foundation
import Testing

@testable import HomeChat

@Suite struct PasswordTests {
    /// Leaked lists begin with these; the last few are somebody's or the server's name.
    @Test(arguments: [
        "password1", "p@ssw0rd", "1234567890", "qwertyuiop", "1q2w3e4r5t", "trustno1", "iloveyou1", "changeme123",
        "letmein123", "homeassistant", "administrator", "strawberry", "aaaaaaaaaaaa", "11111111", "anabelle",
        "Anabelle1",
        "The House", "the house1", "homechat", "short",
    ])
    func `what is tried first is refused`(password: String) {
        #expect(throws: ChatError.self) { try Password(password, for: "anabelle", siteName: "The house") }
    }

    @Test func `what is hard to guess is taken, whatever it is made of, and told by how much`() throws {
        for (text, score) in [
            ("correct horse battery", 4), ("Str0ngPass!1", 2), ("ñandú ñandú no se va", 4), ("日本語の長いパスワード", 4),
        ] {
            #expect(try Password(text, for: "anabelle").strength.score >= score, "\(text)")
        }
    }

    @Test func `a long password costs no time worth mentioning`() throws {
        // Of this thread alone: others may have the processor meanwhile.
        let began = clock()
        for unit in ["ab", "1q", "x\u{301}", "password", "aA1"] {
            _ = try? Password(String(String(repeating: unit, count: 128).prefix(128)), for: "ana")
        }
        #expect(clock() - began < 2)
    }

    /// What this thread has worked, in seconds.
    private func clock() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Made by another implementation: `bcrypt.hashpw` of Python.
    @Test(arguments: [
        ("correct horse battery", "$2b$05$QbXraP9J72uwF7chI6bW7.geo5AbXJCmrgmdtXHsHqzcpmeCpniTS"),
        ("pässwörd", "$2a$05$BqDa7JGfAkw0mN3wxw9LKeNgfZwgnVctyqZS1.aNnFpWaKaOedoc."),
        (String(repeating: "x", count: 72) + "tail", "$2a$05$/z7PxUBtGeGCuuN8LmhFyOxT.ap8jBWR1DjAQ385nmHtPabrb4Umq"),
    ])
    func `digests of older installations are understood`(password: String, digest: String) async throws {
        let hasher = PasswordHasher(threads: 1)
        #expect(try await hasher.verify(password, against: digest))
        #expect(try await !hasher.verify(password.dropFirst() + "", against: digest))
        let upgraded = try #require(try await hasher.upgrade(digest, of: password))
        #expect(upgraded.hasPrefix("$argon2id$"))
        #expect(try await hasher.verify(password, against: upgraded))
        #expect(try await hasher.upgrade(upgraded, of: password) == nil)
        await hasher.shutDown()
    }

    @Test(arguments: ["", "$2a$", "$2a$31$" + String(repeating: "a", count: 53), "$2a$12$short", "$1$abc$def", "plain"])
    func `what is no digest matches nothing, at once`(digest: String) async throws {
        let hasher = PasswordHasher(threads: 1)
        #expect(try await !hasher.verify("", against: digest))
        #expect(try await !hasher.verify("password", against: digest))
        await hasher.shutDown()
    }
}
