import Foundation
import Testing

@testable import HomeChat

@Suite struct BotTests {
    @Test func `a bot is an account that nobody signs in with, never under the name of somebody else`() async throws {
        try await withHouse { house in
            let made = try await house.server.bots.create(try NewBot(name: "Ben"), as: house.ana)
            #expect(made.bot.username == "ben-2" && made.bot.name == "Ben" && made.bot.kind == .webhook)
            let door = try await house.server.bots.create(try NewBot(name: "Front Door!"), as: house.ana)
            #expect(door.bot.username == "front-door")
            let short = try await house.server.bots.create(try NewBot(name: "🚪🚪"), as: house.ana)
            #expect(short.bot.username == "bot")
            await #expect(throws: (any Error).self) { try await house.enter("front-door", "") }
            #expect(try await house.server.users.all(as: house.ana).allSatisfy { $0.bot == nil })
        }
    }

    @Test func `the same name again is the same bot with its secret, and a new id comes with a new secret`()
        async throws
    {
        try await withHouse { house in
            let id = String(repeating: "ab", count: 32)
            let first = try await house.server.bots.create(try NewBot(name: "ha", webhookID: id), as: house.ben)
            let again = try await house.server.bots.create(try NewBot(name: "HA", webhookID: id), as: house.ben)
            #expect(again.bot.id == first.bot.id && again.secret == first.secret && again.secret?.text.count == 64)
            let moved = String(repeating: "cd", count: 32)
            let other = try await house.server.bots.create(try NewBot(name: "ha", webhookID: moved), as: house.ben)
            #expect(other.bot.id == first.bot.id && other.bot.webhookID == moved && other.secret != first.secret)
            await expect(.conflict("name is taken")) {
                try await house.server.bots.create(try NewBot(name: "ha", webhookID: id), as: house.cleo)
            }
            await expect(.conflict("name is taken by a bot of another type")) {
                try await house.server.bots.create(try NewBot(name: "ha", kind: .api), as: house.ben)
            }
        }
    }

    @Test func `an API bot is only where somebody added it, and its old token dies with a new one`() async throws {
        try await withHouse { house in
            let made = try await house.server.bots.create(try NewBot(name: "helper", kind: .api), as: house.ana)
            let token = try #require(made.token)
            let bot = try #require(try await house.server.credentials.principal(bearer: token))
            #expect(bot.bot == .api)
            await expect(.notFound("channel")) { try await house.post("hello", in: house.home, as: bot) }
            try await house.server.channels.invite("helper", to: house.family, as: house.ben)
            #expect(try await house.post("hello", in: house.family, as: bot).message.kind == .bot)
            await expect(.notFound("channel")) { try await house.post("hello", in: house.home, as: bot) }
            await expect(.forbidden("this token lacks the scope bots")) { try await house.server.bots.list(as: bot) }
            _ = try await house.server.bots.renewSecret(of: made.bot.id, as: house.ana)
            house.server.credentials.forgetAll()
            #expect(try await house.server.credentials.principal(bearer: token) == nil)
        }
    }

    @Test func `whoever made a bot looks after it, and for everybody else but admins it is not there`() async throws {
        try await withHouse { house in
            let made = try await house.server.bots.create(try NewBot(name: "door"), as: house.ben)
            await expect(.notFound("bot")) { try await house.server.bots.find(made.bot.id, as: house.cleo) }
            await expect(.notFound("bot")) { try await house.server.bots.delete(made.bot.id, as: house.cleo) }
            #expect(try await house.server.bots.list(as: house.cleo).isEmpty)
            #expect(try await house.server.bots.list(as: house.ana).map(\.id) == [made.bot.id])
            await expect(.forbidden("this account is a bot's; change the bot")) {
                try await house.server.users.lock(made.bot.user, as: house.ana)
            }
            try await house.server.bots.delete(made.bot.id, as: house.ben)
            #expect(try await house.audited(.botCreated, .botDeleted) == [1, 1])
            let gone = try await house.server.database.read { tx in try User.find([made.bot.user], tx).first }
            #expect(gone?.displayName == "door" && gone?.deletedAt != nil)
            #expect(try await house.server.bots.create(try NewBot(name: "door"), as: house.cleo).bot.username == "door")
        }
    }

    @Test func `a bot takes nothing while it is off, or while whoever made it is locked or gone`() async throws {
        try await withHouse { house in
            let made = try await house.server.bots.create(try NewBot(name: "door"), as: house.ben)
            let id = try #require(made.bot.webhookID)
            func isUsable() async throws -> Bool {
                try await house.server.database.read { [now = house.clock.now] tx in
                    try Bot.usable(webhook: id, at: now, tx) != nil
                }
            }
            #expect(try await isUsable())
            _ = try await house.server.bots.update(made.bot.id, try BotChange(isActive: false), as: house.ben)
            #expect(try await !isUsable())
            _ = try await house.server.bots.update(made.bot.id, try BotChange(isActive: true), as: house.ben)
            try await house.server.users.lock(house.ben.user, as: house.ana)
            #expect(try await !isUsable())
            try await house.server.users.unlock(house.ben.user, as: house.ana)
            #expect(try await isUsable())
            try await house.server.users.delete(house.ben.user, as: house.ana)
            #expect(try await !isUsable())
        }
    }

    @Test func `saving a bot as it is leaves no trace, and admins hear of what opens it`() async throws {
        try await withHouse { house in
            let made = try await house.server.bots.create(try NewBot(name: "door"), as: house.ana)
            func told() async throws -> [String] {
                let channel = try await house.server.database.read { tx in try Channel.find(named: "security", tx) }
                guard let channel else { return [] }
                return try await house.server.messages.page(.newest, of: channel.id, limit: 100, as: house.ana)
                    .messages.map(\.message.content)
            }
            let before = try await told().count
            for change in [
                try BotChange(name: "door", credential: "signature"), try BotChange(description: "of the house"),
            ] { _ = try await house.server.bots.update(made.bot.id, change, as: house.ana) }
            #expect(try await house.audited(.botChanged) == [1])
            #expect(try await told().count == before)
            _ = try await house.server.bots.update(made.bot.id, try BotChange(credential: "url"), as: house.ana)
            let after = try await told()
            #expect(after.count == before + 1 && after.last?.contains("bot") == true)
        }
    }

    @Test func `a signature is over these bytes with this secret, in either case of its digits`() {
        let secret = WebhookSecret(text: "0123")
        // printf '{"a":1}' | openssl dgst -sha256 -hmac 0123
        let header = "sha256=" + secret.signature(of: Data("{\"a\":1}".utf8)).hexadecimal
        #expect(WebhookSecret.fits(header, secret.signature(of: Data("{\"a\":1}".utf8))))
        #expect(
            WebhookSecret.fits(
                "sha256=" + header.dropFirst(7).uppercased(), secret.signature(of: Data("{\"a\":1}".utf8))))
        #expect(!WebhookSecret.fits(header, secret.signature(of: Data("{\"a\":2}".utf8))))
        #expect(!WebhookSecret.fits("sha1=" + header.dropFirst(7), secret.signature(of: Data("{\"a\":1}".utf8))))
        #expect(!WebhookSecret.fits(String(header.dropLast()), secret.signature(of: Data("{\"a\":1}".utf8))))
        #expect(!WebhookSecret.fits("sha256=", secret.signature(of: Data("{\"a\":1}".utf8))))
        #expect(!WebhookSecret.fits(header, WebhookSecret(text: "0124").signature(of: Data("{\"a\":1}".utf8))))
    }
}
