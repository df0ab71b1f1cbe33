import Testing

@testable import HomeChat

@Suite struct ChannelAccessTests {
    /// Everything that somebody could try on a channel, through the doors that people use.
    private static let attempts: [(String, @Sendable (House, Channel.ID, Principal) async throws -> Void)] = [
        ("see", { house, id, who in _ = try await house.server.channels.find(id, as: who) }),
        ("read", { house, id, who in _ = try await house.server.messages.page(.newest, of: id, limit: 5, as: who) }),
        (
            "catch up",
            { house, id, who in
                _ = try await house.server.messages.changes(
                    in: id, after: .init(0), since: .init(milliseconds: 0), as: who)
            }
        ),
        ("pins", { house, id, who in _ = try await house.server.messages.pins(of: id, as: who) }),
        ("post", { house, id, who in _ = try await house.post("hello", in: id, as: who) }),
        ("join", { house, id, who in try await house.server.channels.join(id, as: who) }),
        ("leave", { house, id, who in try await house.server.channels.leave(id, as: who) }),
        ("members", { house, id, who in _ = try await house.server.channels.members(of: id, as: who) }),
        ("invite", { house, id, who in try await house.server.channels.invite("cleo", to: id, as: who) }),
        (
            "rename",
            { house, id, who in try await house.server.channels.update(id, try ChannelChange(name: "ours"), as: who) }
        ),
        ("archive", { house, id, who in try await house.server.channels.archive(id, as: who) }),
        ("delete", { house, id, who in try await house.server.channels.delete(id, as: who) }),
        ("mark read", { house, id, who in try await house.server.reading.markRead(id, as: who) }),
        ("type", { house, id, who in try await house.server.presence.setTyping(true, in: id, as: who) }),
    ]

    @Test func `to an outsider a private channel is as unknown as one that does not exist`() async throws {
        try await withHouse { house in
            for (name, attempt) in Self.attempts {
                for id in [house.family, Channel.ID(999_999)] {
                    await #expect(throws: ChatError.notFound("channel"), "\(name)") {
                        try await attempt(house, id, house.eve)
                    }
                }
            }
            let listed = try await house.server.channels.list(as: house.eve)
            #expect(!listed.contains { $0.channel.id == house.family })
            let found = try await house.server.search.find("family", as: house.eve)
            #expect(found.channels.isEmpty)
        }
    }

    @Test func `a direct message is for its people alone, also for an admin`() async throws {
        try await withHouse { house in
            let talk = try await house.server.directMessages.open(with: [house.eve.user], as: house.ben).channel.id
            let message = try await house.post("between us, xyzzy", in: talk, as: house.ben)
            for (name, attempt) in Self.attempts {
                await #expect(throws: ChatError.notFound("channel"), "\(name)") {
                    try await attempt(house, talk, house.ana)
                }
            }
            await expect(.notFound("message")) {
                try await house.server.messages.find(message.message.id, as: house.ana)
            }
            await expect(.notFound("message")) {
                try await house.server.messages.delete(message.message.id, as: house.ana)
            }
            await expect(.notFound("message")) {
                try await house.server.messages.history(of: message.message.id, as: house.ana)
            }
            #expect(try await house.server.search.find("xyzzy", as: house.ana).messages.isEmpty)
            #expect(try await house.server.search.find("xyzzy", as: house.eve).messages.count == 1)
            #expect(try await house.server.channels.all(as: house.ana).allSatisfy { $0.kind != .dm })
            let everything = try await house.server.messages.page(.newest, limit: 100, as: house.ana)
            #expect(!everything.messages.contains { $0.message.channel == talk })
        }
    }

    @Test func `whoever is removed is out at once`() async throws {
        try await withHouse { house in
            try await house.server.channels.remove(house.ben.user, from: house.family, as: house.ana)
            await expect(.notFound("channel")) { try await house.post("still here?", in: house.family, as: house.ben) }
        }
    }

    @Test func `members do not manage, owners and admins do`() async throws {
        try await withHouse { house in
            let refusal = ChatError.forbidden("only the channel's owner or an admin can do this")
            await expect(refusal) { try await house.server.channels.archive(house.family, as: house.ben) }
            try await house.server.channels.transfer(house.family, to: house.ben.user, as: house.ana)
            try await house.server.channels.archive(house.family, as: house.ben)
            await expect(.forbidden("this channel is archived")) {
                try await house.post("hm", in: house.family, as: house.ben)
            }
        }
    }

    @Test func `home is everybody's: it cannot be left, hidden, archived or deleted`() async throws {
        try await withHouse { house in
            let channels = house.server.channels
            for attempt: @Sendable () async throws -> Void in [
                { try await channels.leave(house.home, as: house.eve) },
                { try await channels.update(house.home, try ChannelChange(isPrivate: true), as: house.ana) },
                { try await channels.archive(house.home, as: house.ana) },
                { try await channels.delete(house.home, as: house.ana) },
                { try await channels.remove(house.eve.user, from: house.home, as: house.ana) },
            ] {
                await #expect(throws: ChatError.self) { try await attempt() }
            }
        }
    }

    @Test func `a token does no more than its scopes`() async throws {
        try await withHouse { house in
            let writer = house.ana.with(scopes: .messagesWrite)
            _ = try await house.post("ding", in: house.home, as: writer)
            await expect(.forbidden("this token lacks the scope messages:read")) {
                try await house.server.messages.page(.newest, of: house.home, limit: 5, as: writer)
            }
            await expect(.forbidden("this token lacks the scope channels:read")) {
                try await house.server.channels.list(as: writer)
            }
            await expect(.forbidden("this token lacks the scope admin")) {
                try await house.server.users.all(as: writer)
            }
            let reader = house.ana.with(scopes: .messagesRead)
            await expect(.forbidden("this token lacks the scope messages:write")) {
                try await house.post("ding", in: house.home, as: reader)
            }
            await expect(.forbidden("this needs a sign-in, a token is not enough")) {
                try await house.server.accounts.changePassword(current: House.password, new: "another one", as: writer)
            }
        }
    }
}
