import Crypto
import Foundation
import Synchronization
import Testing

@testable import HomeChat

@Suite struct RateLimitTests {
    private let clock = TestClock()
    private let counters = Counters()

    private func limits(_ scope: RateScope = .login, _ rule: RateRule? = nil) -> RateLimits {
        var settings = RateSettings()
        if let rule { settings[scope] = rule }
        return RateLimits(
            settings, hashKey: SymmetricKey(size: .bits256), counters: counters, now: { [clock] in clock.now })
    }

    @Test func `the defaults are the guide's`() {
        let settings = RateSettings()
        #expect(settings[.login] == RateRule(limit: 5, period: .seconds(20)))
        #expect(settings[.api] == RateRule(limit: 300, period: .seconds(300)))
        #expect(settings[.message] == RateRule(limit: 60, period: .seconds(60)))
        #expect(settings[.signup] == RateRule(limit: 3, period: .seconds(3600)))
        #expect(settings[.page] == RateRule(limit: 1200, period: .seconds(300)))
        #expect(settings[.webhook] == RateRule(limit: 60, period: .seconds(60)))
    }

    @Test func `the window slides to the millisecond`() throws {
        let limits = limits()
        for _ in 0..<5 {
            try limits.spend(.login, .address("1.2.3.4"))
            clock.advance(by: .seconds(1))
        }
        #expect(wait(limits, "1.2.3.4") == .seconds(15))
        clock.advance(by: .milliseconds(14_999))
        #expect(wait(limits, "1.2.3.4") == .seconds(1))
        clock.advance(by: .milliseconds(1))
        #expect(wait(limits, "1.2.3.4") == nil)
        #expect(wait(limits, "1.2.3.4") == .seconds(1), "one place was free, not five")
        #expect(counters.value(.rateLimited, "login") == 3)
    }

    @Test func `in no stretch of time do more pass than the limit`() throws {
        let limits = limits(.api, RateRule(limit: 7, period: .seconds(10)))
        var random = SplitMix(state: 42)
        var passed: [Int64] = []
        for _ in 0..<5000 {
            clock.advance(by: .milliseconds(Int64.random(in: 0...900, using: &random)))
            if (try? limits.spend(.api, .address("1.2.3.4"))) != nil { passed.append(clock.now.milliseconds) }
        }
        #expect(passed.count > 500)
        for (first, eighth) in zip(passed, passed.dropFirst(7)) { #expect(eighth - first >= 10_000) }
    }

    @Test func `address and account count beside each other, and a refusal counts for neither`() throws {
        let limits = limits()
        for _ in 0..<5 { try limits.spend(.login, .address("1.1.1.1"), .account("Ana")) }
        #expect(throws: RateRefusal.self) { try limits.spend(.login, .address("2.2.2.2"), .account("ANA")) }
        #expect(throws: RateRefusal.self) { try limits.spend(.login, .address("1.1.1.1"), .account("ben")) }
        for _ in 0..<5 { try limits.spend(.login, .address("2.2.2.2"), .account("ben")) }
    }

    @Test func `an IPv6 household is one, and an IPv4 address in IPv6's clothes is itself`() throws {
        let limits = limits()
        for host in 1...5 { try limits.spend(.login, .address("2001:db8:1:2::\(host)")) }
        #expect(wait(limits, "2001:db8:1:2:ffff::9") != nil)
        #expect(wait(limits, "2001:db8:1:3::1") == nil)
        for _ in 0..<5 { try limits.spend(.login, .address("9.9.9.9")) }
        #expect(wait(limits, "::ffff:9.9.9.9") != nil)
    }

    @Test func `off lifts a limit, and a safelist lifts it for its networks, but never for sign-ins`() throws {
        let limited = limits(
            .api, RateRule(limit: 1, period: .minutes(1), safelist: [try #require(Network("10.0.0.0/8"))]))
        for _ in 0..<9 { try limited.spend(.api, .address("10.1.2.3")) }
        try limited.spend(.api, .address("11.1.2.3"))
        #expect(throws: RateRefusal.self) { try limited.spend(.api, .address("11.1.2.3")) }
        let off = limits(.api, RateRule(limit: nil, period: .minutes(1)))
        for _ in 0..<999 { #expect(try off.spend(.api, .address("1.2.3.4")) == nil) }
        let login = limits(
            .login, RateRule(limit: 1, period: .minutes(1), safelist: [try #require(Network("10.0.0.0/8"))]))
        try login.spend(.login, .address("10.1.2.3"))
        #expect(throws: RateRefusal.self) { try login.spend(.login, .address("10.1.2.3")) }
    }

    @Test func `a clock that jumps back neither frees nor holds`() throws {
        let limits = limits()
        for _ in 0..<5 { try limits.spend(.login, .address("1.2.3.4")) }
        clock.advance(by: .days(-3))
        #expect(wait(limits, "1.2.3.4") == .seconds(20))
        clock.advance(by: .seconds(20))
        #expect(wait(limits, "1.2.3.4") == nil)
    }

    @Test func `fifty at once pass exactly as many as may`() async throws {
        let limits = limits(.api, RateRule(limit: 300, period: .minutes(5)))
        let passed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    (0..<20).count { _ in (try? limits.spend(.api, .address("1.2.3.4"))) != nil }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(passed == 300)
    }

    @Test func `a million addresses stay within bounds, and whoever is at the limit stays there`() throws {
        let window = RateWindow(.login, RateRule(limit: 5, period: .minutes(10)))
        for _ in 0..<5 { _ = try window.spend([7], at: 0).get() }
        for key in UInt64(1000)..<1_001_000 {
            _ = window.spend([key], at: Int64(key % 1000))
            if key % 50_000 == 0 { #expect(window.keyCount <= RateWindow.maximumKeys) }
        }
        #expect(window.keyCount <= RateWindow.maximumKeys && window.timeCount <= RateWindow.maximumTimes)
        #expect(throws: RateRefusal.self) { try window.spend([7], at: 2000).get() }
        window.sweep(at: 700_000)
        #expect(window.keyCount == 0 && window.timeCount == 0)
    }

    @Test func `where everybody is at the limit, newcomers share what is left`() throws {
        let window = RateWindow(.login, RateRule(limit: 1, period: .minutes(10)))
        for key in UInt64(1)...UInt64(RateWindow.maximumKeys) { _ = try window.spend([key], at: 0).get() }
        _ = try window.spend([900_001], at: 1).get()
        #expect(throws: RateRefusal.self) { try window.spend([900_002], at: 2).get() }
        #expect(throws: RateRefusal.self) { try window.spend([1], at: 3).get() }
        #expect(window.keyCount == RateWindow.maximumKeys)
    }

    @Test func `a refusal is news once a period`() throws {
        let limits = limits()
        for _ in 0..<5 { try limits.spend(.login, .address("1.2.3.4")) }
        var news = 0
        for _ in 0..<40 {
            do { try limits.spend(.login, .address("1.2.3.4")) } catch let error as RateRefusal {
                news += error.verdict.isNews ? 1 : 0
            }
            clock.advance(by: .milliseconds(100))
        }
        #expect(news == 1)
    }

    private func wait(_ limits: RateLimits, _ ip: String) -> Duration? {
        do {
            try limits.spend(.login, .address(ip))
            return nil
        } catch {
            return (error as? RateRefusal)?.retryAfter
        }
    }
}

/// A generator that says the same each time (splitmix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
