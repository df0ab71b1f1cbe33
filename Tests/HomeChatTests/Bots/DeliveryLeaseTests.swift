import Storage
import Testing

@testable import HomeChat

/// Two nodes at one database.
@Suite struct DeliveryLeaseTests {
    @Test func `a webhook is served by one node at a time, and taken over from one that died`() async throws {
        try await withHouse { house in
            let (bot, hook, _) = try await house.bot(told: 9)
            _ = try await house.post("hello", in: house.home, as: house.ben)
            let (one, two) = (house.queue("one"), house.queue("two"))
            let database = house.server.database
            func claim(_ queue: DeliveryQueue) async throws -> [OutgoingWebhook.ID] {
                let moment = house.clock.now
                return try await database.write { tx in try queue.claim(atMost: 16, at: moment, tx) }
            }
            func next(_ queue: DeliveryQueue) async throws -> Parcel? {
                let moment = house.clock.now
                return try await database.write { tx in try queue.next(of: hook.id, at: moment, tx) }
            }
            #expect(try await claim(one) == [hook.id])
            #expect(try await claim(two).isEmpty)
            #expect(try await claim(one).isEmpty)
            let parcel = try #require(try await next(one))
            #expect(try await next(two) == nil, "who has no lease gets nothing")
            house.clock.advance(by: DeliveryQueue.lease)
            #expect(try await claim(two) == [hook.id])
            let again = try #require(try await next(two))
            #expect(again.delivery == parcel.delivery, "it may have been sent, so it keeps its id")
            // The first was only slow: what it did counts, and the lease of the other stays.
            let moment = house.clock.now
            try await database.write { tx in
                let goesOn = try one.settle(
                    parcel, DeliveryAttempt(outcome: .delivered, status: 200), RetryPlan(), at: moment, tx)
                #expect(goesOn)
                try one.release(hook.id, tx)
            }
            #expect(try await next(one) == nil)
            _ = try await house.post("more", in: house.home, as: house.ben)
            #expect(try await claim(one).isEmpty)
            #expect(try await next(two) != nil)
            #expect(try await house.states(of: bot) == [.delivered, .waiting])
        }
    }

    @Test func `what a clock wrote that was far ahead holds nothing up`() async throws {
        try await withHouse { house in
            let (_, hook, _) = try await house.bot(told: 9)
            _ = try await house.post("hello", in: house.home, as: house.ben)
            let (queue, moment) = (house.queue("one"), house.clock.now)
            let ahead = moment + .days(400)
            let claimed = try await house.server.database.write { tx in
                try tx.execute(
                    "UPDATE outgoing_webhooks SET leased_until = \(ahead), leased_by = 'two', next_attempt_at = \(ahead)"
                )
                return try queue.claim(atMost: 1, at: moment, tx)
            }
            #expect(claimed == [hook.id])
        }
    }

    @Test func `a node whose clock is a little behind leaves the lease of the other alone`() async throws {
        try await withHouse { house in
            let (_, hook, _) = try await house.bot(told: 9)
            _ = try await house.post("hello", in: house.home, as: house.ben)
            let (one, two, moment) = (house.queue("one"), house.queue("two"), house.clock.now)
            let claimed = try await house.server.database.write { tx in
                try [
                    one.claim(atMost: 1, at: moment, tx), two.claim(atMost: 1, at: moment - .milliseconds(1), tx),
                    two.claim(atMost: 1, at: moment - .minutes(1), tx),
                ]
            }
            #expect(claimed == [[hook.id], [], []])
        }
    }

    @Test func `nobody's webhooks take all hands, however many they are`() async throws {
        try await withHouse { house in
            for number in 1...(DeliveryQueue.mostOfOwner + 3) {
                let made = try await house.server.bots.create(try NewBot(name: "bens \(number)"), as: house.ben)
                let new = try NewOutgoingWebhook(url: "https://slow.example.org/", events: ["message"])
                _ = try await house.server.outgoingWebhooks.create(new, for: made.bot.id, as: house.ben)
            }
            let (_, hook, _) = try await house.bot(told: 9)
            _ = try await house.post("hello", in: house.home, as: house.cleo)
            let (queue, moment) = (house.queue("one"), house.clock.now)
            let (first, second) = try await house.server.database.write { tx in
                (try queue.claim(atMost: 16, at: moment, tx), try queue.claim(atMost: 16, at: moment, tx))
            }
            #expect(first.count == DeliveryQueue.mostOfOwner + 1 && first.contains(hook.id) && second.isEmpty)
        }
    }

    @Test func `a lockdown, a sleeping bot and a locked owner stop everything that waits`() async throws {
        try await withHouse { house in
            let made = try await house.server.bots.create(try NewBot(name: "bens"), as: house.ben)
            let hook = try await house.server.outgoingWebhooks.create(
                try NewOutgoingWebhook(url: "https://example.org/"), for: made.bot.id, as: house.ben)
            _ = try await house.post("hello", in: house.home, as: house.cleo)
            let queue = house.queue("one")
            func claimed() async throws -> [OutgoingWebhook.ID] {
                let moment = house.clock.now
                return try await house.server.database.write { tx in
                    let found = try queue.claim(atMost: 16, at: moment, tx)
                    for id in found { try queue.release(id, tx) }
                    return found
                }
            }
            #expect(try await claimed() == [hook.webhook.id])
            _ = try await house.server.bots.update(made.bot.id, try BotChange(isActive: false), as: house.ben)
            #expect(try await claimed().isEmpty)
            _ = try await house.server.bots.update(made.bot.id, try BotChange(isActive: true), as: house.ben)
            try await house.server.users.lock(house.ben.user, as: house.ana)
            #expect(try await claimed().isEmpty)
            try await house.server.users.unlock(house.ben.user, as: house.ana)
            #expect(try await claimed() == [hook.webhook.id])
            _ = try await house.server.emergencies.take(.lockdown(.hours(1)), as: house.ana)
            #expect(try await claimed().isEmpty)
            _ = try await house.server.emergencies.take(.lift, as: house.ana)
            #expect(try await claimed() == [hook.webhook.id])
        }
    }
}
