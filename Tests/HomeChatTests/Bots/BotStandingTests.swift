import Foundation
import Testing

@testable import HomeChat

/// The token of an API bot, and all that a bot hears and says, is worth what the bot and whoever made it are.
@Suite struct BotStandingTests {
    @Test func `the token of an API bot is nothing while the bot is off`() async throws {
        try await withHouse { house in
            let made = try await apiBot(of: house)
            let token = try #require(made.token)
            #expect(try await isTaken(token, house))
            _ = try await house.server.bots.update(made.bot.id, try BotChange(isActive: false), as: house.ben)
            #expect(try await !isTaken(token, house))
            #expect(try await isShut(made.bot.user, house))
            _ = try await house.server.bots.update(made.bot.id, try BotChange(isActive: true), as: house.ben)
            #expect(try await isTaken(token, house))
            #expect(try await !isShut(made.bot.user, house))
        }
    }

    @Test func `the token of an API bot is nothing while whoever made it is locked or gone`() async throws {
        try await withHouse { house in
            let made = try await apiBot(of: house)
            let token = try #require(made.token)
            try await house.server.users.lock(house.ben.user, as: house.ana)
            #expect(try await !isTaken(token, house))
            #expect(try await isShut(made.bot.user, house))
            try await house.server.users.unlock(house.ben.user, as: house.ana)
            #expect(try await isTaken(token, house))
            try await house.server.users.delete(house.ben.user, as: house.ana)
            #expect(try await !isTaken(token, house))
            #expect(try await isShut(made.bot.user, house))
        }
    }

    @Test func `bots of somebody whom an admin limits stop, and go on when that ends`() async throws {
        try await withHouse { house in
            let made = try await apiBot(of: house)
            let token = try #require(made.token)
            let hook = try await house.server.bots.create(try NewBot(name: "ear"), as: house.ben)
            let id = try #require(hook.bot.webhookID)
            func hears() async throws -> Bool {
                try await house.server.database.read { [now = house.clock.now] tx in
                    try Bot.usable(webhook: id, at: now, tx) != nil
                }
            }
            for visit in [nil, Duration.days(1)] {
                let choice = try RoleChoice(
                    visit == nil ? .limited : .guest, channels: [.named("home")], visit: visit)
                try await house.server.roles.set(choice, of: house.ben.user, as: house.ana)
                #expect(try await !isTaken(token, house))
                #expect(try await isShut(made.bot.user, house))
                #expect(try await !hears())
            }
            try await house.server.roles.set(try RoleChoice(.user), of: house.ben.user, as: house.ana)
            #expect(try await isTaken(token, house))
            #expect(try await hears())
        }
    }

    private func apiBot(of house: House) async throws -> Bots.Made {
        let made = try await house.server.bots.create(try NewBot(name: "helper", kind: .api), as: house.ben)
        try await house.server.channels.invite("helper", to: house.family, as: house.ben)
        return made
    }

    private func isTaken(_ token: String, _ house: House) async throws -> Bool {
        house.server.credentials.forgetAll()
        return try await house.server.credentials.principal(bearer: token) != nil
    }

    /// Whether what the account has open is closed.
    private func isShut(_ user: User.ID, _ house: House) async throws -> Bool {
        try await house.server.database.read { [now = house.clock.now] tx in
            try !OpenDoors.closed(among: ["user:\(user)"], at: now, tx).isEmpty
        }
    }
}
