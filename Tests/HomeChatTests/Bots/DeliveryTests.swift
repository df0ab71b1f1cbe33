import Foundation
import Storage
import Testing

@testable import HomeChat

/// How deliveries are sent: in order, again where it failed, and not for ever.
@Suite struct DeliveryTests {
    @Test func `what fails is tried again when it is due, and nothing overtakes it`() async throws {
        try await withHouse { house in
            try await WebhookSink.with { sink, port in
                let (bot, _, _) = try await house.bot(told: port)
                let office = house.office()
                sink.answer(WebhookSink.status(503), WebhookSink.status(500))
                for number in 1...3 { _ = try await house.post("number \(number)", in: house.home, as: house.ben) }
                await office.runOnce()
                await office.runOnce()
                #expect(sink.messages == ["number 1"], "the second try is not due yet")
                house.clock.advance(by: .seconds(1))
                await office.runOnce()
                #expect(sink.messages == ["number 1", "number 1"])
                house.clock.advance(by: .seconds(1))
                await office.runOnce()
                #expect(sink.messages.count == 2, "twice the wait after the second failure")
                house.clock.advance(by: .seconds(1))
                await office.runOnce()
                #expect(sink.messages == ["number 1", "number 1", "number 1", "number 2", "number 3"])
                let log = try await house.deliveries(of: bot)
                #expect(log.map(\.attempts) == [3, 1, 1] && log.allSatisfy { $0.state == .delivered })
                #expect(Set(sink.received.prefix(3).map { $0.header("X-HomeChat-Delivery") }).count == 1)
            }
        }
    }

    @Test func `a body is signed as it is sent, with the secret that counts then`() async throws {
        try await withHouse { house in
            try await WebhookSink.with { sink, port in
                let (bot, _, old) = try await house.bot(told: port)
                _ = try await house.post("café ☕ <&>/", in: house.home, as: house.ben)
                let renewed = try #require(try await house.server.bots.renewSecret(of: bot.id, as: house.ana).secret)
                await house.office().runOnce()
                let request = try #require(sink.received.first)
                let signature = try #require(request.header("X-HomeChat-Signature"))
                #expect(WebhookSecret.fits(signature, renewed.signature(of: Data(request.body.utf8))))
                #expect(old.map { WebhookSecret.fits(signature, $0.signature(of: Data(request.body.utf8))) } == false)
                #expect(request.header("X-HomeChat-Event") == "message" && request.message == "café ☕ <&>/")
            }
        }
    }

    @Test func `a wait doubles to a bound, a short one while it is young, and half of it is chance`() {
        let none = RetryPlan(random: { 0 })
        let most = RetryPlan(random: { 0.999_999 })
        #expect(none.wait(afterFailures: 1, age: .zero, asked: nil) == .seconds(1))
        #expect(most.wait(afterFailures: 1, age: .zero, asked: nil).milliseconds == 1999)
        #expect(none.wait(afterFailures: 4, age: .zero, asked: nil) == .seconds(8))
        #expect(none.wait(afterFailures: 9000, age: .minutes(119), asked: nil) == .minutes(1))
        #expect(most.wait(afterFailures: 9000, age: .hours(2), asked: nil) < .minutes(15))
        #expect(none.wait(afterFailures: 9000, age: .hours(2), asked: nil) == .seconds(450))
        #expect(none.wait(afterFailures: 1, age: .zero, asked: .seconds(30)) == .seconds(30))
        #expect(none.wait(afterFailures: 1, age: .zero, asked: .hours(100)) == .minutes(15))
    }

    @Test func `an hour without the other side loses nothing, and it hears within two minutes of its return`()
        async throws
    {
        try await withHouse { house in
            try await WebhookSink.with { sink, port in
                let (bot, _, _) = try await house.bot(told: port)
                let office = house.office(random: 0.999_999)
                sink.answer(Array(repeating: WebhookSink.status(502), count: 60))
                for minute in 0..<60 {
                    _ = try await house.post("minute \(minute)", in: house.home, as: house.ben)
                    house.clock.advance(by: .minutes(1))
                    await office.runOnce()
                }
                let tries = sink.received.count
                #expect((25...60).contains(tries), "\(tries) tries in an hour")
                #expect(try await house.states(of: bot).allSatisfy { $0 == .waiting })
                sink.answerNothingElse()
                house.clock.advance(by: .minutes(2))
                await office.runOnce()
                house.clock.advance(by: .seconds(1))
                await office.runOnce()  // others come first after fifty
                #expect(sink.messages.dropFirst(tries) == (0..<60).map { "minute \($0)" }[...])
            }
        }
    }

    @Test func `after a day it is given up, and what came later goes on`() async throws {
        try await withHouse { house in
            try await WebhookSink.with { sink, port in
                let (bot, _, _) = try await house.bot(told: port)
                let office = house.office()
                sink.answer(WebhookSink.status(503))
                _ = try await house.post("old", in: house.home, as: house.ben)
                await office.runOnce()
                house.clock.advance(by: .hours(23))
                _ = try await house.post("new", in: house.home, as: house.ben)
                house.clock.advance(by: .hours(1))
                await office.runOnce()
                #expect(sink.messages == ["old", "new"])
                let log = try await house.deliveries(of: bot)
                #expect(log.map(\.state) == [.dead, .delivered] && log[0].problem == "it answered 503")
            }
        }
    }

    @Test func `what the other side fails at each time gives way after twenty tries and two hours`() async throws {
        try await withHouse { house in
            try await WebhookSink.with { sink, port in
                let (bot, _, _) = try await house.bot(told: port)
                let office = house.office()
                sink.answer(Array(repeating: WebhookSink.status(500), count: 200))
                _ = try await house.post("poison", in: house.home, as: house.ben)
                _ = try await house.post("fine", in: house.home, as: house.ben)
                for _ in 0..<119 {
                    house.clock.advance(by: .minutes(1))
                    await office.runOnce()
                }
                #expect(try await house.states(of: bot) == [.waiting, .waiting])
                house.clock.advance(by: .minutes(2))
                sink.answerNothingElse(but: WebhookSink.status(500))
                await office.runOnce()
                #expect(try await house.states(of: bot) == [.dead, .delivered])
            }
        }
    }

    @Test func `answers mean what they say`() {
        func outcome(_ status: Int, isEmpty: Bool = false, home: Bool = false) -> DeliveryAttempt.Outcome {
            DeliverySender.judge(.init(status: status, isEmpty: isEmpty), isHomeAssistant: home).outcome
        }
        #expect(
            outcome(200) == .delivered && outcome(204, isEmpty: true) == .delivered
                && outcome(200, home: true) == .delivered)
        #expect(outcome(200, isEmpty: true, home: true) == .failed(after: .seconds(10)))
        for status in [408, 429, 500, 502, 503, 599] { #expect(outcome(status) == .failed(after: nil)) }
        for status in [301, 302, 307, 308, 400, 401, 403, 404, 405, 413] { #expect(outcome(status) == .refused) }
        #expect(outcome(410) == .gone)
        let asked = DeliverySender.judge(.init(status: 429, retryAfter: 40), isHomeAssistant: false)
        #expect(asked.outcome == .failed(after: .seconds(40)))
        let strange = DeliverySender.judge(.init(status: 429, retryAfter: -5), isHomeAssistant: false)
        #expect(strange.outcome == .failed(after: .zero))
    }

    @Test func `what was turned off is told nothing, and what waited for it is given up`() async throws {
        try await withHouse { house in
            try await WebhookSink.with { sink, port in
                let (bot, hook, _) = try await house.bot(told: port)
                sink.answer(WebhookSink.status(410))
                _ = try await house.post("one", in: house.home, as: house.ben)
                _ = try await house.post("two", in: house.home, as: house.ben)
                await house.office().runOnce()
                #expect(try await house.states(of: bot) == [.dead, .dead] && sink.received.count == 1)
                let found = try await house.server.outgoingWebhooks.list(of: bot.id, as: house.ana)
                #expect(found.map(\.isActive) == [false])
                _ = try await house.server.outgoingWebhooks.update(
                    hook.id, of: bot.id, try OutgoingWebhookChange(isActive: true), as: house.ana)
                _ = try await house.post("three", in: house.home, as: house.ben)
                await house.office().runOnce()
                #expect(sink.messages == ["one", "three"])
            }
        }
    }

    @Test func `what is over is kept for a while and in bounds`() async throws {
        try await withHouse { house in
            try await WebhookSink.with { sink, port in
                let (bot, hook, _) = try await house.bot(told: port)
                sink.answer(WebhookSink.status(404))
                _ = try await house.post("dead", in: house.home, as: house.ben)
                _ = try await house.post("delivered", in: house.home, as: house.ben)
                await house.office().runOnce()
                house.clock.advance(by: .days(8))
                try await house.server.outgoingWebhooks.removeOld()
                #expect(try await house.states(of: bot) == [.dead])
                house.clock.advance(by: .days(23))
                try await house.server.outgoingWebhooks.removeOld()
                #expect(try await house.states(of: bot).isEmpty)
                try await house.server.database.write { tx in
                    for state in ["delivered", "waiting"] {
                        for _ in 0..<(state == "waiting" ? Delivery.mostWaiting : Delivery.mostFinished) + 3 {
                            try tx.execute(
                                """
                                INSERT INTO deliveries (webhook_id, event, payload, state, created_at, finished_at)
                                VALUES (\(hook.id), 'message', '{}', \(state), \(house.clock.now), \(house.clock.now))
                                """)
                        }
                    }
                }
                try await house.server.outgoingWebhooks.removeOld()
                let counts: [Int64] = try await house.server.database.read { tx in
                    try ["delivered", "waiting", "dead"].map {
                        try tx.fetchRequired("SELECT COUNT(*) FROM deliveries WHERE state = \($0)")
                    }
                }
                #expect(counts == [Int64(Delivery.mostFinished), Int64(Delivery.mostWaiting), 3])
            }
        }
    }
}

extension WebhookSink {
    func answer(_ answers: [String]) {
        for one in answers { answer(one) }
    }
}
