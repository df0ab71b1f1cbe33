import Foundation
import Synchronization
import Testing

@testable import Certificates

@Suite struct RenewalTests {
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func `a certificate is renewed with a third of its life left, and not before`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let issuer = Issuer(house.clock)
            let manager = house.manager(obtain: issuer.issue)
            try await manager.start()
            await manager.check()
            #expect(issuer.asked == [start])

            house.clock.move(to: start.addingTimeInterval(60 * day - 60))
            await manager.check()
            #expect(issuer.asked.count == 1)
            house.clock.move(by: 61)
            await manager.check()
            #expect(issuer.asked.count == 2)
            #expect(house.delivered.count == 3)
        }
    }

    @Test func `what is due now is due at any fraction of a second`() {
        for index in 0..<50 {
            let now = Date(timeIntervalSinceReferenceDate: 800_000_000 + Double(index) / 7)
            #expect(RenewalState(order: "a", nextAttempt: now).due(now: now, holding: nil) <= now)
        }
    }

    @Test func `chance moves the renewal forward by a thirtieth of the life at most`() throws {
        let certificate = try ServerCertificate.test(from: start, days: 90)
        let late = RenewalSchedule(random: { $0.lowerBound }).renewal(of: certificate, now: start)
        let early = RenewalSchedule(random: { $0.upperBound }).renewal(of: certificate, now: start)
        #expect(late == start.addingTimeInterval(60 * day))
        #expect(early == start.addingTimeInterval(57 * day))
    }

    @Test func `pauses after failures grow from a minute to a day`() {
        let schedule = RenewalSchedule(random: { $0.upperBound })
        let pauses = (1...9).map { schedule.retry(after: $0, retryAfter: nil, now: start).timeIntervalSince(start) }
        #expect(pauses == [60, 180, 540, 1620, 4860, 14_580, 43_740, 86_400, 86_400])
        let lucky = RenewalSchedule(random: { $0.lowerBound })
        #expect(lucky.retry(after: 1, retryAfter: nil, now: start).timeIntervalSince(start) == 60)
        #expect(lucky.retry(after: 50, retryAfter: nil, now: start).timeIntervalSince(start) == 69_120)
    }

    @Test func `a wait that the authority asks for is kept, up to a week`() {
        let schedule = RenewalSchedule(random: { $0.upperBound })
        #expect(schedule.retry(after: 1, retryAfter: 7200, now: start).timeIntervalSince(start) == 7200)
        #expect(schedule.retry(after: 8, retryAfter: 10, now: start).timeIntervalSince(start) == 86_400)
        #expect(schedule.retry(after: 1, retryAfter: 1e12, now: start).timeIntervalSince(start) == 7 * day)
    }

    @Test func `an authority that is down for a week is asked a dozen times, and the old certificate stays`()
        async throws
    {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let old = try ServerCertificate.test(from: start.addingTimeInterval(-70 * day))
            try house.store.save(old)
            let issuer = Issuer(house.clock, error: .unreachable("down"))
            let manager = house.manager(random: { $0.upperBound }, obtain: issuer.issue)
            try await manager.start()
            for _ in 0..<(7 * 24 * 60) {
                await manager.check()
                house.clock.move(by: 60)
            }
            #expect((10...16).contains(issuer.asked.count), "\(issuer.asked.count)")
            #expect(house.delivered == [old])
            #expect(await manager.status.isStopGap == false)

            issuer.state.withLock { $0.error = nil }
            house.clock.move(by: day)
            await manager.check()
            #expect(house.delivered.count == 2)
            #expect(await manager.status.problem == nil)
        }
    }

    @Test func `a server that is restarted again and again does not ask again and again`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let issuer = Issuer(house.clock, error: .unreachable("down"))
            for _ in 0..<20 {
                let manager = house.manager(obtain: issuer.issue)
                try await manager.start()
                await manager.check()
                house.clock.move(by: 1)
            }
            #expect(issuer.asked.count == 1)
            #expect(house.delivered.count == 20)
        }
    }

    @Test func `a server that dies while it asks has used up that attempt`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let seen = Mutex<RenewalState?>(nil)
            let manager = house.manager { _, _ in
                seen.withLock { $0 = house.store.renewal() }
                throw CertificatesError.unreachable("down")
            }
            try await manager.start()
            await manager.check()
            let state = try #require(seen.withLock { $0 })
            #expect(state.failures == 1)
            #expect(state.nextAttempt >= RenewalState.seconds(start) + 60)
        }
    }

    @Test func `where attempts cannot be counted, none is made`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let issuer = Issuer(house.clock)
            let manager = house.manager(obtain: issuer.issue)
            try await manager.start()
            // A folder in the place of the file: unlike a missing right, it stops root too.
            try FileManager.default.createDirectory(
                atPath: folder + "/tls/renewal.json.new/x", withIntermediateDirectories: true)
            await manager.check()
            #expect(issuer.asked.isEmpty)
            #expect(await manager.status.problem?.contains("renewal.json") == true)
            try FileManager.default.removeItem(atPath: folder + "/tls/renewal.json.new")
            await manager.check()
            #expect(issuer.asked.count == 1)
        }
    }

    @Test func `a certificate that cannot be saved is used, and saved as soon as that works`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let manager = house.manager(obtain: Issuer(house.clock).issue)
            try await manager.start()
            try FileManager.default.createDirectory(
                atPath: folder + "/tls/certificate.pem.new/x", withIntermediateDirectories: true)
            await manager.check()
            #expect(house.delivered.count == 2)
            #expect(try house.store.certificate() == nil)
            try FileManager.default.removeItem(atPath: folder + "/tls/certificate.pem.new")
            await manager.check()
            #expect(try house.store.certificate() == house.delivered.last)
        }
    }

    @Test func `until the first certificate is there, one signed by the server itself answers`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let manager = house.manager(obtain: Issuer(house.clock, error: .unreachable("down")).issue)
            try await manager.start()
            await manager.check()
            let stopGap = try #require(house.delivered.first)
            #expect(stopGap.names == ["chat.example.test"])
            #expect(stopGap.warnings(at: start) == [])
            #expect(await manager.status.isStopGap)
            #expect(try house.store.certificate() == nil)
        }
    }

    @Test func `other names lead to another certificate at once`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let issuer = Issuer(house.clock)
            let manager = house.manager(obtain: issuer.issue)
            try await manager.start()
            await manager.check()
            house.names.withLock { $0 = ["chat.example.test", "home.example.test"] }
            await manager.check()
            #expect(house.delivered.last?.names == ["chat.example.test", "home.example.test"])
            await manager.check()
            #expect(issuer.asked.count == 2)
        }
    }

    @Test func `the operator can ask for an attempt at once`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let issuer = Issuer(house.clock, error: .unreachable("down"))
            let manager = house.manager(obtain: issuer.issue)
            try await manager.start()
            await manager.check()
            issuer.state.withLock { $0.error = nil }
            await manager.check()
            #expect(issuer.asked.count == 1)
            await manager.retryNow()
            await manager.check()
            #expect(issuer.asked.count == 2)
            #expect(await manager.status.isStopGap == false)
        }
    }

    @Test func `a clock that was wrong does not stop renewal for ever`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(
                folder: folder + "/tls", clock: TestClock(start.addingTimeInterval(3650 * day)))
            let issuer = Issuer(house.clock)
            let wrong = house.manager(obtain: issuer.issue)
            try await wrong.start()
            await wrong.check()
            try house.store.save(.test(from: start.addingTimeInterval(-80 * day)))
            house.clock.move(to: start)
            let manager = house.manager(obtain: issuer.issue)
            try await manager.start()
            await manager.check()
            #expect(issuer.asked.count == 2)
        }
    }

    @Test func `being stopped is no failure`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(start))
            let manager = house.manager { _, _ in
                withUnsafeCurrentTask { $0?.cancel() }
                throw CancellationError()
            }
            try await manager.start()
            await Task { await manager.run() }.value
            #expect(house.store.renewal()?.failures == 0)
        }
    }
}
