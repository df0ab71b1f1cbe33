import Storage
import Testing

@testable import HomeChat

/// What is told to whom, and what is not.
@Suite struct OutgoingNewsTests {
    private let all = OutgoingEvent.choices

    private func events(_ house: House, _ bot: Bot) async throws -> [String] {
        try await house.deliveries(of: bot).map(\.event)
    }

    @Test func `what bots and scripts say is told to nobody, so that nothing answers itself for ever`() async throws {
        try await withHouse { house in
            let (bot, _, _) = try await house.bot(told: 9, of: all)
            let (other, _, _) = try await house.bot(told: 9, of: all, named: "other")
            _ = try await house.post("from a webhook", in: house.home, as: bot.principal)
            _ = try await house.post("from the other", in: house.home, as: other.principal)
            let script = house.ben.with(scopes: .messagesRead, .messagesWrite)
            let posted = try await house.post("from a script", in: house.home, as: script)
            _ = try await house.server.messages.edit(posted.message.id, to: "edited", as: script)
            _ = try await house.server.messages.react("👍", to: posted.message.id, as: script)
            for bot in [bot, other] {
                let told = try await events(house, bot).filter { $0 != "member_joined" }
                #expect(told.isEmpty)
            }
            let person = try await house.post("from a person", in: house.home, as: house.ben)
            _ = try await house.server.messages.edit(person.message.id, to: "edited", as: house.ben)
            _ = try await house.server.messages.react("👍", to: person.message.id, as: house.cleo)
            // Both spoke in #home and so are members there.
            #expect(try await events(house, bot).suffix(3) == ["bot_message", "message_updated", "reaction"])
        }
    }

    @Test func `who is addressed hears it as said to it, and others only where they may read`() async throws {
        try await withHouse { house in
            let (bot, _, _) = try await house.bot(told: 9)
            let (api, _, _) = try await house.bot(told: 9, named: "helper", kind: .api)
            _ = try await house.post("to nobody", in: house.home, as: house.ben)
            _ = try await house.post("hello @house and @helper", in: house.home, as: house.ben)
            _ = try await house.post("a secret", in: house.family, as: house.ben)
            #expect(try await events(house, bot) == ["message", "bot_message"])
            #expect(try await events(house, api).isEmpty, "it was added nowhere")
            try await house.server.channels.invite("helper", to: house.family, as: house.ben)
            _ = try await house.post("for the family", in: house.family, as: house.ben)
            #expect(try await events(house, api) == ["bot_message"])
            try await house.server.channels.remove(api.user, from: house.family, as: house.ana)
            _ = try await house.post("without you", in: house.family, as: house.ben)
            #expect(try await events(house, api).count == 1)
        }
    }

    @Test func `the text of a message goes with it, wherever it was told`() async throws {
        try await withHouse { house in
            try await WebhookSink.with { sink, port in
                let (bot, hook, _) = try await house.bot(told: port, of: all)
                let one = try await house.post("xyzzy one", in: house.home, as: house.ben)
                await house.office().runOnce()
                let two = try await house.post("xyzzy two", in: house.home, as: house.ben)
                try await house.server.messages.delete(one.message.id, as: house.ben)
                try await house.server.messages.delete(two.message.id, as: house.ben)
                #expect(try await payloads(house, containing: "xyzzy") == 0)
                let log = try await house.deliveries(of: bot)
                #expect(log.map(\.event) == ["message", "message_deleted", "message_deleted"])
                await expect(.conflict("what it said is gone")) {
                    try await house.server.outgoingWebhooks.replay(log[0].id, of: bot.id, as: house.ana)
                }
                await house.office().runOnce()
                #expect(sink.messages == ["xyzzy one", "", ""])
                // And with its channel.
                let room = try await house.server.channels.create(try ChannelDraft(name: "gone"), as: house.ben)
                _ = try await house.post("xyzzy three", in: room.id, as: house.ben)
                #expect(try await payloads(house, containing: "xyzzy") == 1)
                try await house.server.channels.delete(room.id, as: house.ben)
                #expect(try await payloads(house, containing: "xyzzy") == 0)
                #expect(hook.waiting == 0)
            }
        }
    }

    @Test func `a bot is told at Home Assistant if it brought an id, and not again once somebody took that away`()
        async throws
    {
        try await withHouse { house in
            let id = String(repeating: "ab", count: 32)
            let made = try await house.server.bots.create(try NewBot(name: "ha", webhookID: id), as: house.ana).bot
            let door = house.server.outgoingWebhooks
            let hooks = try await door.list(of: made.id, as: house.ana)
            #expect(hooks.count == 1 && hooks[0].isHomeAssistant && hooks[0].events == OutgoingEvent.homeAssistant)
            _ = try await house.server.bots.create(try NewBot(name: "ha", webhookID: id), as: house.ana)
            #expect(try await door.list(of: made.id, as: house.ana).count == 1)
            try await door.delete(hooks[0].id, of: made.id, as: house.ana)
            _ = try await house.server.bots.create(try NewBot(name: "ha", webhookID: id), as: house.ana)
            #expect(try await door.list(of: made.id, as: house.ana).isEmpty)
            let plain = try await house.server.bots.create(try NewBot(name: "plain"), as: house.ana).bot
            #expect(try await door.list(of: plain.id, as: house.ana).isEmpty)
        }
    }

    @Test func `a bot without an incoming webhook gets a secret to sign with, and loses it with its last webhook`()
        async throws
    {
        try await withHouse { house in
            let (bot, hook, secret) = try await house.bot(told: 9, kind: .api)
            #expect(secret?.text.count == 64)
            let door = house.server.outgoingWebhooks
            let second = try await door.create(
                try NewOutgoingWebhook(url: "https://a.org/"), for: bot.id, as: house.ana)
            #expect(second.secret == nil)
            try await door.delete(hook.id, of: bot.id, as: house.ana)
            try await door.delete(second.webhook.id, of: bot.id, as: house.ana)
            let third = try await door.create(
                try NewOutgoingWebhook(url: "https://a.org/"), for: bot.id, as: house.ana)
            #expect(third.secret != nil && third.secret != secret)
        }
    }

    private func payloads(_ house: House, containing text: String) async throws -> Int64 {
        try await house.server.database.read { tx in
            try tx.fetchRequired("SELECT COUNT(*) FROM deliveries WHERE payload LIKE \("%\(text)%")")
        }
    }
}
