import Testing

@testable import HomeChat

@Suite struct BotCommandTests {
    @Test func `a command goes to its bot where that may read, and is a message like any other`() async throws {
        try await withHouse { house in
            let (bot, _, _) = try await house.bot(told: 9)
            let (other, _, _) = try await house.bot(told: 9, named: "other")
            let commands = house.server.botCommands
            _ = try await commands.replace(
                with: [try NewBotCommand(name: "garage", usage: "open|close", description: "The garage")], of: bot.id,
                as: house.ana)
            #expect(try await commands.available(in: house.home, for: house.ben).map(\.name) == ["garage"])
            #expect(try await commands.available(in: house.family, for: house.ben).isEmpty)
            let said = try await house.server.commands.say(
                try MessageDraft(text: "/garage open"), in: house.home, as: house.ben)
            guard case .message(let view) = said else { Issue.record("no message"); return }
            #expect(view.message.content == "/garage open")
            #expect(try await house.deliveries(of: bot).map(\.event) == ["command"])
            #expect(try await house.deliveries(of: other).map(\.event) == ["message"])
            let two = try await house.server.commands.say(
                try MessageDraft(text: "//garage is how to open it"), in: house.home, as: house.ben)
            guard case .message(let literal) = two else { Issue.record("no message"); return }
            #expect(literal.message.content == "/garage is how to open it")
            #expect(try await house.deliveries(of: bot).map(\.event) == ["command", "message"])
            await #expect(throws: ChatError.self) {
                try await house.server.commands.say(
                    try MessageDraft(text: "/garage open"), in: house.family, as: house.ben)
            }
        }
    }

    @Test func `names are unique over bots and none of the server's own`() async throws {
        try await withHouse { house in
            let one = try await house.server.bots.create(try NewBot(name: "one"), as: house.ana).bot
            let two = try await house.server.bots.create(try NewBot(name: "two"), as: house.ben).bot
            let commands = house.server.botCommands
            _ = try await commands.replace(with: [try NewBotCommand(name: "light")], of: one.id, as: house.ana)
            await expect(.invalid("commands", "must not have the name light, which is another bot's")) {
                try await commands.replace(with: [try NewBotCommand(name: "light")], of: two.id, as: house.ben)
            }
            _ = try await commands.replace(with: [], of: one.id, as: house.ana)
            _ = try await commands.replace(with: [try NewBotCommand(name: "light")], of: two.id, as: house.ben)
            await expect(.notFound("bot")) { try await commands.list(of: two.id, as: house.cleo) }
            #expect(try await commands.list(of: two.id, as: house.ana).map(\.name) == ["light"])
        }
    }

    @Test(arguments: [
        "me", "status", "mute", "invite", "topic", "dnd", "shrug", "help", "", "Light", "a b", "ä", "x_y",
    ])
    func `names that are refused`(_ name: String) {
        #expect(throws: ChatError.self) { try NewBotCommand(name: name) }
    }

    @Test func `a bot registers its own and nobody else's`() async throws {
        try await withHouse { house in
            let made = try await house.server.bots.create(try NewBot(name: "helper", kind: .api), as: house.ana)
            let other = try await house.server.bots.create(try NewBot(name: "other"), as: house.ana)
            let token = try #require(made.token)
            let bot = try #require(try await house.server.credentials.principal(bearer: token))
            let commands = house.server.botCommands
            #expect(
                try await commands.replace(with: [try NewBotCommand(name: "roll")], of: made.bot.id, as: bot).count == 1
            )
            await expect(.notFound("bot")) { try await commands.replace(with: [], of: other.bot.id, as: bot) }
        }
    }
}
