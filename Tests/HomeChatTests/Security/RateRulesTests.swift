import Testing

@testable import HomeChat

@Suite struct RateRulesTests {
    @Test func `what one node let through counts at another that shares the database`() async throws {
        try await withHouse { house in
            let (one, two) = (try await node(house), try await node(house))
            for _ in 0..<3 { try one.spend(.login, .address("203.0.113.9")) }
            try two.spend(.login, .address("203.0.113.9"))
            one.tellOthers()
            _ = one.takeWaiting()  // on PostgreSQL they were kept from the start
            try one.spend(.login, .address("203.0.113.9"))
            let told = one.takeWaiting()
            #expect(told.map(\.keys.count) == [1] && told.first?.keys.first?.times == 1)
            for spends in told {
                let notice = Event.spent(spends).notice
                #expect(!notice.contains("203.0"))
                guard case .spent(let heard)? = Event(notice: notice) else {
                    Issue.record("not understood: \(notice)")
                    return
                }
                two.hear(heard)
                one.hear(heard)  // its own, which it has counted
            }
            for _ in 0..<3 { try two.spend(.login, .address("203.0.113.9")) }
            #expect(throws: RateRefusal.self) { try two.spend(.login, .address("203.0.113.9")) }
            try one.spend(.login, .address("203.0.113.9"))
            #expect(throws: RateRefusal.self) { try one.spend(.login, .address("203.0.113.9")) }
        }
    }

    @Test func `many keys make several notices that each fit`() {
        let waiting = Dictionary(uniqueKeysWithValues: (0..<1000).map { (UInt64.max - UInt64($0), 99_999) })
        let batches = RateSpends.batches(of: waiting, in: .api, by: .max)
        #expect(batches.map(\.keys.count) == [250, 250, 250, 250])
        for spends in batches { #expect(Event.spent(spends).notice.utf8.count < 7900) }
    }

    @Test func `an admin changes a rule, and what is as configured is forgotten`() async throws {
        try await withHouse { house in
            let rules = RateRules(
                database: house.server.database, limits: house.server.limits, audit: house.server.audit,
                configured: RateSettings(), now: { house.clock.now })
            try await rules.change([wish(.api, "7", "90s", "10.0.0.0/8")], as: house.ana)
            let line = try #require(try await rules.all(as: house.ana).first { $0.scope == .api })
            #expect(
                line.rule == RateRule(limit: 7, period: .seconds(90), safelist: [try #require(Network("10.0.0.0/8"))]))
            #expect(line.configured.limit == 300)
            try await rules.change([wish(.api, "off", "5m")], as: house.ana)
            #expect(try await rules.all(as: house.ana).first { $0.scope == .api }?.rule.limit == nil)
            try await rules.change([wish(.api, "300", "5m")], as: house.ana)
            let kept = try await house.server.database.read { tx in
                try tx.fetchAll("SELECT key FROM settings WHERE key LIKE 'rate_limit.api.%'", as: String.self)
            }
            #expect(kept.isEmpty)
        }
    }

    @Test(arguments: [
        ("0", "5m", "", "rate_limit.api.limit"), ("-1", "5m", "", "rate_limit.api.limit"),
        ("ten", "5m", "", "rate_limit.api.limit"), ("100001", "5m", "", "rate_limit.api.limit"),
        ("9", "0s", "", "rate_limit.api.period"), ("9", "8d", "", "rate_limit.api.period"),
        ("9", "5 minutes", "", "rate_limit.api.period"), ("9", "5m", "10.0.0.0/40", "rate_limit.api.safelist"),
    ])
    func `what does not fit is refused by name`(limit: String, period: String, list: String, field: String) async throws
    {
        try await withHouse { house in
            do {
                try await house.server.rateRules.change([wish(.api, limit, period, list)], as: house.ana)
                Issue.record("taken: \(limit) \(period) \(list)")
            } catch ChatError.invalid(let name, _) {
                #expect(name == field)
            }
        }
    }

    @Test func `only admins see and change rules, and sign-ins have no safelist`() async throws {
        try await withHouse { house in
            await #expect(throws: ChatError.self) { try await house.server.rateRules.all(as: house.ben) }
            await #expect(throws: ChatError.self) {
                try await house.server.rateRules.change([wish(.api, "9", "9s")], as: house.ben)
            }
            for scope in [RateScope.login, .badToken, .reset] {
                let words =
                    "cannot be set: guessing is limited for everybody, also in networks that are exempt elsewhere"
                await expect(.invalid("rate_limit.\(scope.rawValue).safelist", words)) {
                    try await house.server.rateRules.change([wish(scope, "9", "9s", "10.0.0.0/8")], as: house.ana)
                }
            }
        }
    }

    private func wish(_ scope: RateScope, _ limit: String, _ period: String, _ list: String = "") -> RateRules.Wish {
        RateRules.Wish(scope: scope, limit: limit, period: period, safelist: list)
    }

    private func node(_ house: House) async throws -> RateLimits {
        let limits = RateLimits(
            RateSettings(), hashKey: house.server.secrets.limitsKey, counters: Counters(), now: { house.clock.now })
        try await limits.load(from: house.server.database)
        return limits
    }
}
