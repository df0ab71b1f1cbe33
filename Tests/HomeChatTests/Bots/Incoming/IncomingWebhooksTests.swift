import Foundation
import Storage
import Testing

@testable import HomeChat

/// A bot of Ben's with its secret, and what its senders do.
private struct Sender: Sendable {
    let house: House
    let made: Bots.Made
    let caller = Caller(ipAddress: "192.0.2.7", userAgent: "tests")

    init(_ house: House, _ change: BotChange? = nil, name: String = "door") async throws {
        self.house = house
        let made = try await house.server.bots.create(try NewBot(name: name), as: house.ben)
        if let change { _ = try await house.server.bots.update(made.bot.id, change, as: house.ben) }
        self.made = made
    }

    var secret: WebhookSecret { made.secret ?? WebhookSecret(text: "") }
    var id: IncomingWebhooks.Address { .id(made.bot.webhookID ?? "") }

    func signed(_ body: String, _ headers: [String: String] = [:]) -> IncomingRequest {
        let signature = "sha256=" + secret.signature(of: Data(body.utf8)).hexadecimal
        return incoming(body, headers.merging(["X-HomeChat-Signature": signature]) { $1 })
    }

    @discardableResult func send(
        _ request: IncomingRequest, to address: IncomingWebhooks.Address? = nil
    ) async throws -> IncomingWebhooks.Answer {
        try await house.server.incomingWebhooks.deliver(request, to: address ?? id, from: caller).0
    }

    func said(in room: String) async throws -> [MessageView] {
        let channel = try await house.server.messages.channel(named: room, as: house.ana)
        return try await house.server.messages.page(.newest, of: channel, limit: 50, as: house.ana).messages
            .filter { $0.message.kind != .system }
    }
}

@Suite struct IncomingWebhooksTests {
    @Test func `what is signed is posted as the bot, where it says, where the bot is set to, or in its usual room`()
        async throws
    {
        try await withHouse { house in
            let sender = try await Sender(house)
            try await sender.send(sender.signed(#"{"message": "ding"}"#))
            let usual = try await sender.said(in: "home-assistant")
            #expect(usual.map(\.message.content) == ["ding"] && usual[0].message.kind == .bot)
            #expect(usual[0].message.author == sender.made.bot.user)
            try await sender.send(sender.signed(#"{"message": "dong", "room": "home"}"#))
            #expect(try await sender.said(in: "home").map(\.message.content) == ["dong"])
            _ = try await house.server.bots.update(
                sender.made.bot.id, try BotChange(channel: house.home), as: house.ben)
            try await sender.send(sender.signed(#"{"message": "dang"}"#))
            try await sender.send(sender.signed(#"{"action": "status_update", "status": "awake"}"#))
            try await sender.send(sender.signed(#"{"action": "command", "command": "ping"}"#))
            #expect(try await sender.said(in: "home").map(\.message.content) == ["dong", "dang", "pong"])
            #expect(try await sender.said(in: "home").last?.message.kind == .botResponse)
            #expect(try await sender.said(in: "bot-status").map(\.message.kind) == [.status])
            let bot = try await house.server.bots.find(sender.made.bot.id, as: house.ben)
            #expect(bot.lastActiveAt == house.clock.now)
        }
    }

    @Test func `a private channel is closed to a bot until somebody adds it`() async throws {
        try await withHouse { house in
            let sender = try await Sender(house)
            let noPlace = ChatError.invalid("channel", "is none that this bot may post to")
            await expect(noPlace) {
                try await sender.send(sender.signed(#"{"message": "x", "channel_id": \#(house.family)}"#))
            }
            await expect(.forbidden("this account cannot post in a room of that name")) {
                try await sender.send(sender.signed(#"{"message": "x", "room": "family"}"#))
            }
            await expect(noPlace) { try await sender.send(sender.signed(#"{"message": "x", "channel_id": 999}"#)) }
            let direct = try await house.server.directMessages.open(with: [house.eve.user], as: house.ben)
            await expect(noPlace) {
                try await sender.send(sender.signed(#"{"message": "x", "channel_id": \#(direct.channel.id)}"#))
            }
            try await house.server.channels.invite("door", to: house.family, as: house.ben)
            try await sender.send(sender.signed(#"{"message": "x", "room": "family"}"#))
            #expect(try await sender.said(in: "family").map(\.message.content) == ["x"])
        }
    }

    @Test func `unsigned and wrongly signed requests are refused and written down, and nothing of them is posted`()
        async throws
    {
        try await withHouse { house in
            let sender = try await Sender(house)
            let body = #"{"message": "x", "room": "home"}"#
            await expect(.keptOut("there is no signature", retryAfter: nil)) { try await sender.send(incoming(body)) }
            var other = sender.signed(body)
            other = IncomingRequest(headers: other.headers, body: .init(string: body + " "))
            await expect(.keptOut("the signature does not fit this body and this secret", retryAfter: nil)) {
                try await sender.send(other)
            }
            await expect(.notFound("webhook")) { try await sender.send(sender.signed(body), to: .id("nobody")) }
            await expect(.notFound("webhook")) { try await sender.send(sender.signed(body), to: .id("a\u{0}b")) }
            #expect(try await house.audited(.webhookRejected) == [4])
            #expect(try await sender.said(in: "home").isEmpty)
        }
    }

    @Test func `an old secret, and a bot that is off, are worth nothing at once`() async throws {
        try await withHouse { house in
            let sender = try await Sender(house, try BotChange(credential: "url"))
            let request = incoming(#"{"text": "x", "channel": "home"}"#)
            let address = IncomingWebhooks.Address.secret(sender.secret.text)
            try await sender.send(request, to: address)
            _ = try await house.server.bots.update(sender.made.bot.id, try BotChange(isActive: false), as: house.ben)
            await expect(.notFound("webhook")) { try await sender.send(request, to: address) }
            await expect(.notFound("webhook")) { try await sender.send(sender.signed("{}")) }
            _ = try await house.server.bots.update(sender.made.bot.id, try BotChange(isActive: true), as: house.ben)
            let renewed = try await house.server.bots.renewSecret(of: sender.made.bot.id, as: house.ben)
            await expect(.notFound("webhook")) { try await sender.send(request, to: address) }
            await #expect(throws: ChatError.self) { try await sender.send(sender.signed("{}")) }
            try await sender.send(request, to: .secret(renewed.secret?.text ?? ""))
            _ = try await house.server.bots.update(
                sender.made.bot.id, try BotChange(credential: "signature"), as: house.ben)
            await expect(.notFound("webhook")) {
                try await sender.send(request, to: .secret(renewed.secret?.text ?? ""))
            }
            #expect(try await sender.said(in: "home").count == 2)
        }
    }

    @Test func `the same delivery is posted once within a day, for each bot by itself`() async throws {
        try await withHouse { house in
            let (one, two) = (try await Sender(house), try await Sender(house, name: "bell"))
            let body = #"{"message": "x", "room": "home"}"#
            for sender in [one, two] {
                for _ in 0..<2 { try await sender.send(sender.signed(body, ["X-GitHub-Delivery": "7"])) }
                try await sender.send(sender.signed(body, ["Idempotency-Key": "7"]))
            }
            #expect(try await one.said(in: "home").count == 4)
            guard case .repeated = try await one.send(one.signed(body, ["X-GitHub-Delivery": "7"])) else {
                Issue.record("posted again")
                return
            }
            house.clock.advance(by: .hours(24))
            try await one.send(one.signed(body, ["X-GitHub-Delivery": "7"]))
            #expect(try await one.said(in: "home").count == 5)
            try await house.server.incomingWebhooks.forgetDeliveries()
            let kept: Int64 = try await house.server.database.read { tx in
                try tx.fetchRequired("SELECT COUNT(*) FROM incoming_deliveries")
            }
            #expect(kept == 1)
        }
    }

    @Test func `a delivery that was refused may be tried again under its id`() async throws {
        try await withHouse { house in
            let sender = try await Sender(house)
            let id = ["Idempotency-Key": "k"]
            await #expect(throws: ChatError.self) {
                try await sender.send(sender.signed(#"{"message": "x", "room": "family"}"#, id))
            }
            try await sender.send(sender.signed(#"{"message": "x", "room": "home"}"#, id))
            #expect(try await sender.said(in: "home").count == 1)
        }
    }

    @Test func `an alert that ends changes its message, and one that comes again is a new one`() async throws {
        try await withHouse { house in
            let sender = try await Sender(house)
            func tell(_ status: String, _ words: String) async throws {
                try await sender.send(
                    sender.signed(
                        #"{"version": "4", "groupKey": "g", "status": "\#(status)", "alerts": [{"status": "\#(status)", "annotations": {"summary": "\#(words)"}}]}"#
                    ))
            }
            func lines() async throws -> [String] {
                try await sender.said(in: "home-assistant").map { $0.message.content.replacing("\n", with: " ") }
            }
            try await tell("firing", "one")
            try await tell("firing", "two")
            #expect(try await lines() == ["🔥 **Alert** - two"])
            try await tell("resolved", "three")
            try await tell("resolved", "four")
            #expect(try await lines() == ["✅ **Alert** is resolved - four"])
            try await tell("firing", "five")
            #expect(try await lines() == ["✅ **Alert** is resolved - four", "🔥 **Alert** - five"])
            try await tell("resolved", "six")
            #expect(try await lines() == ["✅ **Alert** is resolved - four", "✅ **Alert** is resolved - six"])
        }
    }

    @Test func `a lockdown keeps senders out, and tells them to come again`() async throws {
        try await withHouse { house in
            let sender = try await Sender(house)
            try await house.server.database.write { [now = house.clock.now] tx in
                try EmergencyRow.lockdown.begin(by: "ana", at: now, tx)
            }
            await expect(.unavailable(retryAfter: .minutes(5))) { try await sender.send(sender.signed("{}")) }
        }
    }

    @Test func `a preview says what would be posted and where, and posts nothing`() async throws {
        try await withHouse { house in
            let sender = try await Sender(house)
            let webhooks = house.server.incomingWebhooks
            func preview(
                _ body: String, _ template: String? = nil, as principal: Principal
            ) async throws -> IncomingWebhooks.Preview {
                try await webhooks.preview(
                    incoming(body), of: sender.made.bot.id, format: template.map { _ in .template }, template: template,
                    as: principal)
            }
            let plain = try await preview(#"{"message": "x"}"#, as: house.ben)
            #expect(plain.text == "x" && plain.channel == "home-assistant")
            let made = try await preview(#"{"a": "*b*", "room": "home"}"#, "is {{a}}", as: house.ana)
            #expect(made.text == "is \\*b\\*" && made.channel == "home-assistant")
            #expect(try await preview(##"{"message": "x", "room": "#home"}"##, as: house.ben).channel == "home")
            await expect(.invalid("channel", "is none that this bot may post to")) {
                try await preview(#"{"message": "x", "room": "family"}"#, as: house.ben)
            }
            await expect(.notFound("bot")) { try await preview("{}", as: house.cleo) }
            await #expect(throws: ChatError.self) { try await preview("{}", "{{#a}}", as: house.ben) }
            await expect(.notFound("channel")) {
                try await house.server.messages.channel(named: "home-assistant", as: house.ana)
            }
        }
    }
}
