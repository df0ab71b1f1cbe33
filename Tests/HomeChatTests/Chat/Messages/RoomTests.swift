import Testing

@testable import HomeChat

@Suite struct RoomTests {
    @Test(arguments: ["home", "#home", "HOME", "home (public)"])
    func `a room is found by the names that scripts use`(name: String) async throws {
        try await withHouse { house in
            let view = try await post(to: .named(name), house)
            #expect(view.message.channel == house.home)
        }
    }

    @Test func `a room that nobody has is made with that very name, and its maker is in it`() async throws {
        try await withHouse { house in
            let view = try await post(to: .named("Front Door"), house)
            let summary = try await house.summary(of: view.message.channel, for: house.eve)
            #expect(summary.channel.name == "Front Door" && summary.channel.kind == .public && summary.isMember)
        }
    }

    @Test func `digits are an id when no room has that name`() async throws {
        try await withHouse { house in
            let view = try await post(to: .named(house.home.description), house)
            #expect(view.message.channel == house.home)
        }
    }

    @Test func `a private room's name does not let a stranger in`() async throws {
        try await withHouse { house in
            await expect(.forbidden("this account cannot post in a room of that name")) {
                try await post(to: .named("family"), house)
            }
            await expect(.forbidden("this account cannot post in a room of that name")) {
                try await post(to: .named(house.family.description), house)
            }
            await expect(.notFound("channel")) { try await post(to: .channel(house.family), house) }
        }
    }

    @Test func `a person is written to, never written as`() async throws {
        try await withHouse { house in
            let view = try await post(to: .person(house.ben.user.description), house)
            #expect(view.author.username == "eve")
            #expect(try await house.summary(of: view.message.channel, for: house.ben).channel.kind == .dm)
            await expect(.notFound("channel")) { try await house.summary(of: view.message.channel, for: house.ana) }
        }
    }

    @Test func `a name that cannot be a room's is refused by its field`() async throws {
        try await withHouse { house in
            await expect(.invalid("room", "must have 2 to 50 characters")) { try await post(to: .named("x"), house) }
        }
    }

    @Test(arguments: [
        ("**Door**\nopen", "Door", "**Door**\nopen"), ("open", "Door", "**Door**\nopen"), ("open", "", "open"),
    ])
    func `a title becomes a first line, once`(text: String, title: String, expected: String) throws {
        #expect(try MessagesAPI.titled(text, title) == expected)
    }

    private func post(to target: Room.Target, _ house: House) async throws -> MessageView {
        try await house.server.messages.post(try MessageDraft(text: "ding"), to: Room(target), as: house.eve)
    }
}
