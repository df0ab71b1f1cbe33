import Testing

@testable import HomeChat

/// Buttons on what bots say.
@Suite struct CardTests {
    private func card(
        _ house: House, _ bot: Principal, saying text: String = "Somebody is at the gate", _ actions: [NewAction]
    ) async throws -> MessageView {
        try await house.server.messages.post(
            try MessageDraft(text: text, key: "gate", actions: actions), in: house.home, as: bot)
    }

    @Test func `a press is written once and told once, to the bot whose button it is`() async throws {
        try await withHouse { house in
            try await WebhookSink.with { sink, port in
                let (bot, _, secret) = try await house.bot(told: port, of: [.action])
                let (other, _, _) = try await house.bot(told: port, of: [.action], named: "other")
                let posted = try await card(
                    house, bot.principal, [try NewAction(id: "open_gate", label: "Open the gate")])
                let pressed = try await house.server.messages.press(
                    "open_gate", on: posted.message.id, as: house.cleo)
                #expect(pressed.actions.map(\.pressedBy?.username) == ["cleo"])
                _ = try await house.server.messages.press("open_gate", on: posted.message.id, as: house.ben)
                #expect(try await house.deliveries(of: bot).map(\.event) == ["action"])
                #expect(try await house.deliveries(of: other).isEmpty)
                await house.office().runOnce()
                let told = try #require(sink.received.first)
                #expect(told.message == "action:open_gate" && told.field("type") == "bot_message")
                #expect(told.field("sender") == "cleo" && told.field("room_id") == "home" && secret != nil)
                #expect(told.body.contains(#""action":{"#) && told.body.contains(#""key":"gate""#))
                await expect(.forbidden("buttons are for people")) {
                    try await house.server.messages.press(
                        "open_gate", on: posted.message.id, as: other.principal)
                }
            }
        }
    }

    @Test func `a card keeps what was pressed and can have new buttons`() async throws {
        try await withHouse { house in
            let (bot, _, _) = try await house.bot(told: 9)
            let first = try await card(house, bot.principal, [try NewAction(id: "open1", label: "Open")])
            _ = try await house.server.messages.press("open1", on: first.message.id, as: house.ben)
            let second = try await card(
                house, bot.principal, saying: "Closed",
                [try NewAction(id: "open1", label: "Again"), try NewAction(id: "open2", label: "Open")])
            #expect(second.message.id == first.message.id)
            #expect(second.actions.map { "\($0.id) \($0.pressedAt != nil)" }.sorted() == ["open1 true", "open2 false"])
            for number in 2...30 {
                _ = try await house.server.messages.press("open\(number)", on: first.message.id, as: house.ben)
                house.clock.advance(by: .seconds(1))
                _ = try await card(
                    house, bot.principal, saying: "Closed", [try NewAction(id: "open\(number + 1)", label: "Open")])
            }
            let last = try await house.server.messages.find(first.message.id, as: house.ben)
            #expect(last.actions.count == NewAction.mostPressed + 1)
            #expect(last.actions.contains { $0.id == "open30" } && !last.actions.contains { $0.id == "open1" })
        }
    }

    @Test func `a button that asks who is there is for people who have just proved it`() async throws {
        try await withHouse { house in
            let (bot, _, _) = try await house.bot(told: 9, of: [.action])
            let posted = try await card(
                house, bot.principal, [try NewAction(id: "open", label: "Open", needsProof: true)])
            let id = posted.message.id
            await expect(.forbidden("this button needs a sign-in, a token is not enough")) {
                try await house.server.messages.press("open", on: id, as: house.ben.with(scopes: .messagesWrite))
            }
            house.clock.advance(by: .minutes(11))
            let signedIn = try await house.enter("ben")
            let ben = Principal(
                user: signedIn.user.id, username: "ben", role: .user, credential: .session(signedIn.session.id),
                scopes: nil)
            house.clock.advance(by: .minutes(11))
            await expect(.proofNeeded) { try await house.server.messages.press("open", on: id, as: ben) }
            #expect(try await house.deliveries(of: bot).isEmpty)
            try await house.server.proofs.confirm(password: House.password, as: ben)
            let pressed = try await house.server.messages.press("open", on: id, as: ben)
            #expect(pressed.actions.first?.pressedBy?.username == "ben")
            #expect(try await house.deliveries(of: bot).count == 1)
        }
    }

    @Test func `whom an admin limited presses what is harmless`() async throws {
        try await withHouse { house in
            let (bot, _, _) = try await house.bot(told: 9)
            try await house.server.roles.set(
                try RoleChoice(.limited, channels: [.named("home")]), of: house.eve.user, as: house.ana)
            let eve = Principal(
                user: house.eve.user, username: "eve", role: .limited, credential: house.eve.credential, scopes: nil)
            let posted = try await card(
                house, bot.principal,
                [
                    try NewAction(id: "seen", label: "Seen"),
                    try NewAction(id: "open", label: "Open", needsProof: true),
                ])
            _ = try await house.server.messages.press("seen", on: posted.message.id, as: eve)
            await expect(.forbidden("this button is not for limited accounts")) {
                try await house.server.messages.press("open", on: posted.message.id, as: eve)
            }
        }
    }
}
