import Testing

@testable import HomeChat

@Suite struct PasswordResetTests {
    private let caller = Caller(ipAddress: "10.0.0.1", userAgent: "tests")

    @Test func `a link works once, for two hours, and a newer one ends it`() async throws {
        try await withHouse { house in
            let resets = house.server.resets
            let first = try await resets.link(for: house.ben.user, as: house.ana)
            let second = try await resets.link(for: house.ben.user, as: house.ana)
            await expect(.notFound("link")) { try await resets.use(first, password: "quite another one", from: caller) }
            try await resets.use(second, password: "quite another one", from: caller)
            await expect(.notFound("link")) {
                try await resets.use(second, password: "and one more of it", from: caller)
            }
            _ = try await house.enter("ben", "quite another one")
            let late = try await resets.link(for: house.ben.user, as: house.ana)
            house.clock.advance(by: .hours(2))
            await expect(.notFound("link")) { try await resets.use(late, password: "and one more of it", from: caller) }
            #expect(try await house.audited(.passwordResetUsed, .passwordResetAsked) == [1, 3])
        }
    }

    @Test func `only its hash is kept, and a weak password does not use it up`() async throws {
        try await withHouse { house in
            let secret = try await house.server.resets.link(for: house.ben.user, as: .console)
            let hashes: [[UInt8]] = try await house.server.database.read { tx in
                try tx.fetchAll("SELECT token_hash FROM password_resets")
            }
            #expect(hashes == [SecretToken.hash(of: secret)])
            await #expect(throws: ChatError.self) {
                try await house.server.resets.use(secret, password: "password1", from: caller)
            }
            #expect(try await house.server.resets.isOpen(secret))
        }
    }

    @Test func `the old sessions end with the old password`() async throws {
        try await withHouse { house in
            let entered = try await house.enter("ben")
            let secret = try await house.server.resets.link(for: house.ben.user, as: house.ana)
            try await house.server.resets.use(secret, password: "quite another one", from: caller)
            house.server.credentials.forgetAll()
            #expect(try await house.server.credentials.principal(cookie: entered.token) == nil)
        }
    }

    @Test(arguments: ["", "ana", "a@", "@b", "a b@c.d", "a@b\r\nBcc: x@y.z", "a@b@c", "<a@b.c>", "a@.b", "ä@b.c"])
    func `what could break a letter's head is no address`(text: String) {
        #expect(throws: ChatError.self) { try EmailAddress(text) }
    }

    @Test func `a letter says what it says and no more lines than that`() throws {
        let mail = Mail(to: "ben@example.org", subject: "A new\r\nBcc: all@example.org", text: "Grüße\nund mehr")
        let text = mail.message(from: "chat@example.org", at: Timestamp(milliseconds: 1_800_000_000_000), id: "1")
        #expect(text.contains("Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n") && !text.contains("Bcc"))
        #expect(text.contains("Message-ID: <1@example.org>\r\n"))
    }

    @Test func `a sign-in from somewhere new is noticed, and told until it is known`() async throws {
        try await withHouse { house in
            let first = try await house.enter("ben", from: House.browser(at: "10.0.0.1"))
            let me = try #require(try await house.server.credentials.principal(cookie: first.token))
            _ = try await house.enter("ben", from: House.browser(at: "10.0.0.9", cookie: first.deviceCookie))
            let before = try await house.server.sessions.notices(as: me).count
            _ = try await house.enter("ben", from: House.browser(at: "10.0.77.1"))
            let notices = try await house.server.sessions.notices(as: me)
            #expect(notices.count == before + 1)
            #expect(notices.first?.isNewDevice == true && notices.first?.isNewNetwork == true)
            let details: String = try await house.server.database.read { tx in
                try tx.fetchRequired("SELECT details FROM audit_logs WHERE action = 'login' ORDER BY id DESC LIMIT 1")
            }
            #expect(details == #"{"new_device":"true","new_network":"true","proof":"password"}"#)
            try await house.server.sessions.dismissNotices(as: me)
            #expect(try await house.server.sessions.notices(as: me).isEmpty)
        }
    }
}
