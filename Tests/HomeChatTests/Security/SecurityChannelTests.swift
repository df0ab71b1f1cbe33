import Storage
import Testing

@testable import HomeChat

@Suite struct SecurityChannelTests {
    private static let stranger = Caller(ipAddress: "203.0.113.7", userAgent: "tests")

    private func strangeLogin(_ house: House, of who: Principal) async throws {
        try await house.server.database.write { [audit = house.server.audit] tx in
            try audit.record(
                .login, user: who.user, actor: who.username, from: Self.stranger,
                details: ["new_device": "true", "new_network": "true"], tx)
        }
    }

    private func fail(_ house: House, times: Int, from ip: String) async throws {
        try await house.server.database.write { [audit = house.server.audit] tx in
            for _ in 1...times {
                try audit.record(
                    .loginFailed, user: nil, actor: "unknown", from: Caller(ipAddress: ip, userAgent: ""), tx)
            }
        }
    }

    private func channel(_ house: House) async throws -> Channel {
        try #require(try await house.server.database.read { tx in try Channel.find(named: "security", tx) })
    }

    private func said(_ house: House) async throws -> [MessageView] {
        let id = try await channel(house).id
        return try await house.server.messages.page(.newest, of: id, limit: 100, as: house.ana).messages
    }

    @Test func `a sign-in from a new place is told with buttons, an ordinary one is not`() async throws {
        try await withHouse { house in
            try await house.server.database.write { [audit = house.server.audit] tx in
                try audit.record(.login, by: house.ben, tx)
            }
            let none = try await house.server.database.read { tx in try Channel.find(named: "security", tx) }
            #expect(none == nil)
            try await strangeLogin(house, of: house.ben)
            let message = try #require(try await said(house).first)
            #expect(message.message.content == "**Sign-in from a new device and network**\n`ben` from `203.0.113.7`")
            #expect(message.actions.map(\.id) == ["that_was_me", "lock_account"])
            #expect(message.author.username == "system")
        }
    }

    @Test func `a button pressed by many at once does its work once`() async throws {
        try await withHouse { house in
            try await strangeLogin(house, of: house.ben)
            let id = try #require(try await said(house).first).message.id
            let messages = house.server.messages
            try await withThrowingTaskGroup(of: MessageView.self) { group in
                for _ in 1...8 { group.addTask { try await messages.press("lock_account", on: id, as: house.ana) } }
                for try await view in group {
                    #expect(view.actions.last?.pressedBy?.username == "ana")
                    #expect(view.actions.last?.pressedAt == house.clock.now)
                    #expect(view.actions.first?.pressedAt == nil)
                }
            }
            let ben = try await house.server.users.find(house.ben.user, as: house.ana)
            #expect(ben.isLocked(at: house.clock.now))
            let locks: Int64 = try await house.server.database.read { tx in
                try tx.fetchRequired(
                    "SELECT COUNT(*) FROM audit_logs WHERE action = 'account_locked' AND actor = 'ana'")
            }
            #expect(locks == 1)
            // Told to the other admins too.
            #expect(try await said(house).last?.message.content.hasPrefix("**Account locked**: `ben`") == true)
        }
    }

    @Test func `a press that is refused leaves the button as it was`() async throws {
        try await withHouse { house in
            try await strangeLogin(house, of: house.ana)
            let id = try #require(try await said(house).first).message.id
            await expect(.forbidden("you cannot lock yourself")) {
                try await house.server.messages.press("lock_account", on: id, as: house.ana)
            }
            await expect(.notFound("action")) {
                try await house.server.messages.press("no_such", on: id, as: house.ana)
            }
            await expect(.notFound("message")) {
                try await house.server.messages.press("lock_account", on: id, as: house.ben)
            }
            #expect(try await said(house).first?.actions.allSatisfy { $0.pressedAt == nil } == true)
        }
    }

    @Test func `a token used from a new network can be revoked by its button`() async throws {
        try await withHouse { house in
            let (token, _) = try await house.server.tokens.create(
                try NewToken(name: "door", scopes: ["messages:read"]), for: house.ben.user, as: house.ana)
            try await house.server.database.write { [audit = house.server.audit] tx in
                try audit.record(
                    .tokenNewNetwork, user: house.ben.user, actor: "ben", from: Self.stranger,
                    target: "token:\(token.id)", tx)
            }
            let message = try #require(try await said(house).last)
            #expect(message.actions.map(\.id) == ["that_was_me", "revoke_token"])
            _ = try await house.server.messages.press("revoke_token", on: message.message.id, as: house.ana)
            #expect(try await house.server.tokens.list(of: nil, as: house.ana).isEmpty)
        }
    }

    @Test func `one account's sign-ins from new places leave room for everything else`() async throws {
        try await withHouse { house in
            for _ in 1...100 { try await strangeLogin(house, of: house.ben) }
            try await strangeLogin(house, of: house.cleo)
            house.clock.advance(by: .seconds(6))
            try await strangeLogin(house, of: house.ben)
            try await house.server.database.write { [audit = house.server.audit] tx in
                try audit.record(.login, by: house.ben, details: ["new_device": "false"], tx)
            }
            let cards = try await said(house)
            #expect(cards.count == 7, "five of ben, one that counts, one of cleo")
            let many = try #require(cards.first { $0.message.content.hasPrefix("**Many sign-ins") })
            #expect(many.message.content.hasSuffix("`ben`, 101 in an hour, the last from `203.0.113.7`"))
            #expect(many.actions.map(\.id) == ["that_was_me", "lock_account"])
            house.clock.advance(by: .hours(1))
            try await strangeLogin(house, of: house.ben)
            #expect(try await said(house).count == 8, "the next hour has its own")
        }
    }

    @Test func `one account's tokens leave room too`() async throws {
        try await withHouse { house in
            try await house.server.database.write { [audit = house.server.audit] tx in
                for number in 1...100 {
                    try audit.record(
                        .tokenNewNetwork, user: house.ben.user, actor: "ben", from: Self.stranger,
                        target: "token:\(number)", tx)
                }
            }
            let cards = try await said(house)
            #expect(cards.count == 6)
            #expect(cards.last?.message.content.hasPrefix("**Tokens used from many new networks**\n`ben`") == true)
            #expect(cards.last?.actions.map(\.id) == ["that_was_me", "revoke_token"])
        }
    }

    @Test func `failed sign-ins make one card for each spike, however many there are`() async throws {
        try await withHouse { house in
            try await fail(house, times: 9, from: "203.0.113.7")
            let none = try await house.server.database.read { tx in try Channel.find(named: "security", tx) }
            #expect(none == nil)
            try await fail(house, times: 1, from: "203.0.113.7")
            #expect(
                try await said(house).map(\.message.content) == [
                    "**Many failed sign-ins**\n10 in 10 minutes, from `203.0.113.7`"
                ])
            house.clock.advance(by: .seconds(6))
            try await fail(house, times: 40, from: "203.0.113.7")
            house.clock.advance(by: .seconds(6))
            try await fail(house, times: 1, from: "203.0.113.7")
            let cards = try await said(house)
            #expect(cards.count == 2)
            #expect(cards.allSatisfy { $0.message.content.contains("51 in 10 minutes") })
            house.clock.advance(by: .minutes(20))
            try await fail(house, times: 10, from: "203.0.113.7")
            #expect(try await said(house).count == 3)
        }
    }

    @Test func `a spike over all addresses offers to ban the worst of them, if one stands out`() async throws {
        try await withHouse { house in
            for number in 1...16 { try await fail(house, times: 1, from: "198.51.100.\(number)") }
            // Nobody shuts the server itself out.
            try await fail(house, times: 4, from: "127.0.0.1")
            let card = try #require(try await said(house).first)
            #expect(card.message.content == "**Many failed sign-ins**\n20 in 10 minutes, from all addresses")
            #expect(card.actions.isEmpty)
            house.clock.advance(by: .seconds(6))
            try await fail(house, times: 3, from: "198.51.100.9")
            house.clock.advance(by: .seconds(6))
            try await fail(house, times: 1, from: "198.51.100.9")
            let worse = try #require(try await said(house).first)
            #expect(worse.message.content.hasSuffix("from all addresses, the most from `198.51.100.9`"))
            #expect(worse.actions.map(\.id) == ["ban_address"])
            _ = try await house.server.messages.press("ban_address", on: worse.message.id, as: house.ana)
            #expect(try await house.server.bans.all(as: house.ana).map(\.network) == ["198.51.100.9"])
        }
    }

    @Test func `admins hear what admins do, and a flood of it ends in one line`() async throws {
        try await withHouse { house in
            try await house.server.database.write { [audit = house.server.audit] tx in
                try audit.record(.settingChanged, by: house.ana, target: "setting:allow_signups", tx)
            }
            #expect(
                try await said(house).first?.message.content
                    == "**Setting changed**: `setting:allow_signups`\nby `ana`, on the server itself")
            try await house.server.database.write { [audit = house.server.audit] tx in
                for number in 1...100 {
                    try audit.record(.settingChanged, by: house.ana, target: "setting:\(number)", tx)
                }
            }
            let messages = try await said(house)
            #expect(messages.count == Int(SecurityChannel.mostPerHour) + 1)
            #expect(messages.last?.message.content.hasPrefix("**More happened") == true)
        }
    }

    @Test func `what a stranger typed is shown as it is, and mentions nobody`() async throws {
        try await withHouse { house in
            try await house.server.database.write { [audit = house.server.audit] tx in
                try audit.record(
                    .settingChanged, user: nil, actor: "`@ana` [x](http://evil)", from: Self.stranger, tx)
            }
            let message = try #require(try await said(house).first)
            #expect(message.mentions.isEmpty)
            #expect(message.message.content.hasSuffix("by `@ana [x](http://evil)`, from `203.0.113.7`"))
        }
    }

    @Test func `only admins know of the channel`() async throws {
        try await withHouse { house in
            try await strangeLogin(house, of: house.ben)
            let id = try await channel(house).id
            let channels = house.server.channels
            #expect(try await channels.joined(as: house.ana).contains { $0.channel.id == id })
            #expect(try await !channels.list(as: house.ben).contains { $0.channel.id == id })
            #expect(try await house.server.search.find("security", as: house.ben).channels.isEmpty)
            #expect(try await house.server.search.find("203.0.113.7", as: house.ben).messages.isEmpty)
            await expect(.notFound("channel")) { try await channels.find(id, as: house.ben) }
            await expect(.notFound("channel")) { try await channels.join(id, as: house.ben) }
            await expect(.notFound("channel")) { try await house.post("hm", in: id, as: house.ben) }
            await expect(.notFound("channel")) {
                try await house.server.messages.post(
                    try MessageDraft(text: "hm"), to: Room(.named("#security")), as: house.ben)
            }
            await expect(.notFound("user")) { try await house.server.users.find(named: "system", as: house.ben) }
        }
    }

    @Test func `new admins join, former ones leave, and nobody can open, close or empty the channel`() async throws {
        try await withHouse { house in
            try await strangeLogin(house, of: house.ben)
            let id = try await channel(house).id
            let channels = house.server.channels
            try await house.server.roles.set(try RoleChoice(.admin), of: house.ben.user, as: house.ana)
            #expect(try await channels.members(of: id, as: house.ana).map(\.username) == ["ana", "ben"])
            try await house.server.roles.set(try RoleChoice(.user), of: house.ben.user, as: house.ana)
            #expect(try await channels.members(of: id, as: house.ana).map(\.username) == ["ana"])
            let refusal = ChatError.forbidden("the server keeps this channel for its admins")
            await expect(refusal) { try await channels.delete(id, as: house.ana) }
            await expect(refusal) { try await channels.archive(id, as: house.ana) }
            await expect(refusal) { try await channels.update(id, try ChannelChange(isPrivate: false), as: house.ana) }
            await expect(refusal) { try await channels.invite("ben", to: id, as: house.ana) }
            await expect(refusal) { try await channels.leave(id, as: house.ana) }
            let message = try #require(try await said(house).first).message.id
            await #expect(throws: ChatError.self) { try await house.server.messages.delete(message, as: house.ana) }
        }
    }

    @Test func `a channel of that name that was there before stays what it is`() async throws {
        try await withHouse { house in
            _ = try await house.server.channels.create(try ChannelDraft(name: "security"), as: house.ben)
            try await strangeLogin(house, of: house.ben)
            let names = try await house.server.channels.joined(as: house.ana).map(\.channel.name)
            #expect(names.contains("security-2"))
            #expect(try await !house.server.channels.list(as: house.ben).contains { $0.channel.name == "security-2" })
        }
    }
}
