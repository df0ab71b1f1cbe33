import Testing

@testable import HomeChat

@Suite struct CommandTests {
    private func say(_ text: String, _ house: House, as principal: Principal? = nil) async throws -> Commands.Said {
        try await house.server.commands.say(try MessageDraft(text: text), in: house.home, as: principal ?? house.ben)
    }

    private func message(_ text: String, _ house: House, as principal: Principal? = nil) async throws -> String? {
        guard case .message(let view) = try await say(text, house, as: principal) else { return nil }
        return view.message.content
    }

    @Test(arguments: [
        ("hello", SlashCommand.none), ("/etc/hosts", .none), ("/", .none), ("/ home", .none),
        ("//x y", .literal("/x y")),
        ("/ME waves", .typed(name: "me", words: "waves")), ("/mute", .typed(name: "mute", words: "")),
        ("/me\nwaves", .typed(name: "me", words: "waves")), ("/größe", .none),
    ])
    func `a slash and a name in front are a command, a path and two slashes are none`(
        text: String, expected: SlashCommand
    ) {
        #expect(SlashCommand(text) == expected)
    }

    @Test func `what says something is a message, and a script's text stays as it is`() async throws {
        try await withHouse { house in
            let waves = try await message("/me waves", house)
            let shrug = try await message("/shrug no idea", house)
            let slash = try await message("//me waves", house)
            let script = try await message("/me waves", house, as: house.ben.with(scopes: .messagesWrite))
            #expect(waves == "_waves_" && shrug == "no idea ¯\\\\\\_(ツ)\\_/¯")
            #expect(slash == "/me waves" && script == "/me waves")
            await expect(.invalid("message", "is to be like /me what you do")) { try await say("/me", house) }
            await expect(
                .invalid("message", "begins with /nope, which is no command here; /help lists them, // says a slash")
            ) { try await say("/nope", house) }
        }
    }

    @Test func `what does something is told to nobody else`() async throws {
        try await withHouse { house in
            let before = try await house.server.messages.page(.newest, of: house.home, limit: 100, as: house.ben)
            for text in ["/status 🌱 in the garden", "/mute", "/unmute", "/dnd 2h", "/help"] {
                guard case .notice = try await say(text, house) else { Issue.record("\(text) was a message"); return }
            }
            let after = try await house.server.messages.page(.newest, of: house.home, limit: 100, as: house.ben)
            #expect(after.messages.count == before.messages.count)
            let ben = try await house.server.users.me(house.ben)
            #expect(ben.status == "in the garden" && ben.statusEmoji == "🌱")
            #expect(ben.isQuiet(at: house.clock.now) && !ben.isQuiet(at: house.clock.now + .hours(2)))
            #expect(MemberJSON(ben, at: house.clock.now).status == "Do not disturb")
            _ = try await say("/dnd off", house)
            #expect(try await house.server.users.me(house.ben).quietUntil == nil)
            for words in ["8d", "soon", "0m", "-1h"] {
                await #expect(throws: ChatError.self) { try await say("/dnd \(words)", house) }
            }
        }
    }

    @Test func `a command can do no more than whoever typed it`() async throws {
        try await withHouse { house in
            await expect(.forbidden("only the channel's owner or an admin can do this")) {
                try await say("/topic mine now", house)
            }
            _ = try await say("/topic all of us", house, as: house.ana)
            #expect(try await house.summary(of: house.home, for: house.ben).channel.description == "all of us")
            await expect(.notFound("channel")) {
                try await house.server.commands.say(
                    try MessageDraft(text: "/invite cleo"), in: house.family, as: house.eve)
            }
            await expect(.notFound("channel")) {
                try await house.server.commands.available(in: house.family, as: house.eve)
            }
            _ = try await house.server.commands.say(
                try MessageDraft(text: "/invite @cleo"), in: house.family, as: house.ben)
            #expect(try await house.summary(of: house.family, for: house.cleo).isMember)
        }
    }
}
