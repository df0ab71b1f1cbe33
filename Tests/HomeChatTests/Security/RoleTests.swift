import Testing

@testable import HomeChat

@Suite struct RoleTests {
    @Test func `who becomes limited keeps nothing that nobody chose, and hears of it at once`() async throws {
        try await withHouse { house in
            let roles = house.server.roles
            let talk = try await house.server.directMessages.open(with: [house.eve.user], as: house.ben).channel.id
            try await roles.set(
                try RoleChoice(.limited, channels: [.id(house.family)], people: ["ana"]), of: house.ben.user,
                as: house.ana)
            let ben = house.ben.with(role: .limited)
            #expect(try await house.server.channels.list(as: ben).map(\.channel.id) == [house.family])
            for channel in [house.home, talk] {
                await expect(.notFound("channel")) { try await house.post("hello", in: channel, as: ben) }
            }
            await expect(.forbidden("this conversation is closed")) {
                try await house.post("hello", in: talk, as: house.eve)
            }
            let people = try await house.server.users.search("", limit: 100, as: ben)
            #expect(people.map(\.username) == ["ana"])
            await expect(.notFound("user")) { try await house.server.users.find(named: "eve", as: ben) }
            await expect(.notFound("user")) { try await house.server.users.find(house.cleo.user, as: ben) }
            // A member again is everywhere that is open.
            try await roles.set(try RoleChoice(.user), of: house.ben.user, as: house.ana)
            _ = try await house.post("back", in: house.home, as: house.ben)
            _ = try await house.post("back", in: talk, as: house.eve)
        }
    }

    @Test func `whoever is limited changes nothing about channels, and only an admin brings them in`() async throws {
        try await withHouse { house in
            try await house.server.roles.set(
                try RoleChoice(.limited, channels: [.id(house.home)]), of: house.eve.user, as: house.ana)
            let eve = house.eve.with(role: .limited)
            let refusal = ChatError.forbidden("an admin chooses the channels of this account")
            await expect(refusal) { try await house.server.channels.leave(house.home, as: eve) }
            await expect(refusal) { try await house.server.channels.invite("cleo", to: house.home, as: eve) }
            await expect(refusal) { try await house.server.channels.create(try ChannelDraft(name: "mine"), as: eve) }
            await expect(.forbidden("an admin chooses the channels of eve")) {
                try await house.server.channels.invite("eve", to: house.family, as: house.ben)
            }
            try await house.server.channels.invite("eve", to: house.family, as: house.ana)
            _ = try await house.post("in", in: house.family, as: eve)
        }
    }

    @Test func `a limited account names those who are in the channel, and nobody else`() async throws {
        try await withHouse { house in
            try await house.server.roles.set(
                try RoleChoice(.limited, channels: [.id(house.family)]), of: house.eve.user, as: house.ana)
            let view = try await house.post("@ben @cleo", in: house.family, as: house.eve.with(role: .limited))
            #expect(view.mentions.map(\.username) == ["ben"])
        }
    }

    @Test func `links to elsewhere are refused from a limited account and stay words for it`() async throws {
        try await withHouse { house in
            try await house.server.roles.set(
                try RoleChoice(.limited, channels: [.id(house.home)]), of: house.eve.user, as: house.ana)
            let eve = house.eve.with(role: .limited)
            let refusal = ChatError.invalid("message", "must not have links: an admin limited this account")
            await expect(refusal) { try await house.post("https://example.org", in: house.home, as: eve) }
            let own = try await house.post("words", in: house.home, as: eve)
            await expect(refusal) {
                try await house.server.messages.edit(own.message.id, to: "[x](http://example.org)", as: eve)
            }
            let view = try await house.post("see <https://example.org>", in: house.home, as: house.ana)
            let read = try await house.server.messages.find(view.message.id, as: eve)
            #expect(MessageJSON(view, basePath: "").html.contains("href"))
            #expect(!MessageJSON(read, basePath: "").html.contains("href"))
        }
    }

    @Test func `a guest is out at the moment when the visit ends`() async throws {
        try await withHouse { house in
            try await house.server.roles.set(
                try RoleChoice(.guest, channels: [.id(house.home)], visit: .hours(1)), of: house.eve.user, as: house.ana
            )
            let new = try NewToken(name: "x", scopes: ["messages:read"])
            let (token, secret) = try await house.server.tokens.create(new, for: house.eve.user, as: house.ana)
            house.clock.advance(by: .minutes(59) + .milliseconds(59_500))
            #expect(try await house.server.credentials.principal(bearer: secret)?.role == .guest)
            try await house.server.roles.endVisits()
            house.clock.advance(by: .milliseconds(500))
            #expect(try await house.server.credentials.principal(bearer: secret) == nil)
            let device = Device(kind: .browser, caller: .here)
            await expect(.unauthenticated) {
                try await house.server.signIns.signIn(username: "eve", password: House.password, device: device)
            }
            try await house.server.roles.endVisits()
            try await house.server.roles.endVisits()
            #expect(try await house.server.tokens.list(of: house.eve.user, as: house.ana).isEmpty)
            let rows = try await house.auditEntries(.tokenRevoked)
            #expect(rows.map(\.target) == ["token:\(token.id)"])
        }
    }

    @Test func `a role says what it needs`() throws {
        #expect(throws: ChatError.missing("until")) { try RoleChoice(.guest, channels: [.named("home")]) }
        #expect(throws: ChatError.invalid("channels", "must be one or two for a guest")) {
            try RoleChoice(.guest, channels: [.named("a"), .named("b"), .named("c")], visit: .days(1))
        }
        #expect(throws: ChatError.invalid("until", "is for guests only")) { try RoleChoice(.user, visit: .days(1)) }
        #expect(throws: ChatError.invalid("channels", "are chosen for limited accounts and guests only")) {
            try RoleChoice(.admin, channels: [])
        }
    }

    @Test func `each change of a role is one row, by whom and for whom`() async throws {
        try await withHouse { house in
            try await house.server.roles.set(try RoleChoice(.limited), of: house.eve.user, as: house.ana)
            let rows = try await house.auditEntries(.roleChanged)
            #expect(rows.map(\.target) == ["user:\(house.eve.user)"])
            #expect(rows.first?.actor == "ana")
            #expect(rows.first?.details == #"{"from":"member","to":"limited","username":"eve"}"#)
            await expect(.forbidden("only an admin can do this")) {
                try await house.server.roles.set(try RoleChoice(.admin), of: house.eve.user, as: house.ben)
            }
            await expect(.forbidden("the last admin must stay")) {
                try await house.server.roles.set(try RoleChoice(.limited), of: house.ana.user, as: house.ana)
            }
            #expect(try await house.auditEntries(.roleChanged).count == 1)
        }
    }
}

extension Principal {
    func with(role: User.Role) -> Principal {
        Principal(user: user, username: username, role: role, credential: credential, scopes: scopes)
    }
}

extension House {
    /// What the audit log has of one kind, oldest first.
    func auditEntries(_ action: AuditAction) async throws -> [AuditEntry] {
        try await server.database.read { tx in
            try tx.fetchAll(
                "SELECT \(AuditEntry.columns) FROM audit_logs WHERE action = \(action.rawValue) ORDER BY id")
        }
    }
}
