import Foundation
import Storage
import Testing

@testable import HomeChat

@Suite struct AuditFloodTests {
    private func fail(_ house: House, _ times: Int) async throws {
        for start in stride(from: 0, to: times, by: 200) {
            try await house.server.database.write { [audit = house.server.audit] tx in
                for number in start..<min(start + 200, times) {
                    try audit.record(
                        .loginFailed, user: nil, actor: "unknown",
                        from: Caller(ipAddress: "198.51.\(number / 250 % 250).\(number % 250)", userAgent: ""), tx)
                }
            }
        }
    }

    private func failures(_ house: House) async throws -> (entries: Int64, times: Int64) {
        let trail = house.server.auditTrail
        var filter = AuditFilter()
        filter.actions = [.loginFailed]
        let count = try await trail.count(filter, by: .action, as: house.ana).first
        return (count?.entries ?? 0, count?.times ?? 0)
    }

    @Test func `a flood from many networks is counted and not written down one by one`() async throws {
        try await withHouse { house in
            try await fail(house, 2500)
            #expect(try await failures(house) == (1000, 1000))
            try await house.server.auditTrail.tellHeld()
            #expect(try await failures(house) == (1001, 2500))
            try await house.server.auditTrail.tellHeld()
            #expect(try await failures(house) == (1001, 2500), "told once")
            house.clock.advance(by: .hours(1))
            try await fail(house, 5)
            #expect(try await failures(house) == (1006, 2505))
            #expect(try await AuditChainTests.verify(house).isIntact)
        }
    }

    /// `HOMECHAT_AUDIT_ENTRIES=100000` for the figure; the usual run is shorter.
    @Test func `a flood neither fills the disk nor slows who comes next`() async throws {
        let count = ProcessInfo.processInfo.environment["HOMECHAT_AUDIT_ENTRIES"].flatMap(Int.init) ?? 3000
        try await withHouse { house in
            let clock = ContinuousClock()
            let quiet = try await clock.measure { try await fail(house, 200) }
            let flood = try await clock.measure { try await fail(house, count) }
            let after = try await clock.measure { try await fail(house, 200) }
            let (entries, _) = try await failures(house)
            print("\(count) failures in \(flood): \(entries) entries; 200 took \(quiet) before and \(after) after")
            #expect(entries == 1000)
            let enter = try await clock.measure { _ = try await house.enter("ben") }
            print("a sign-in in the middle of it took \(enter)")
        }
    }

    @Test func `what one member is refused hides nothing of what others are`() async throws {
        try await withHouse { house in
            func refuse(_ who: Principal, _ times: Int) async throws {
                try await house.server.database.write { [audit = house.server.audit] tx in
                    for _ in 0..<times { try audit.record(.accessDenied, by: who, details: ["reason": "no"], tx) }
                }
            }
            func refusals(of who: Principal) async throws -> [AuditEntry] {
                var filter = AuditFilter()
                filter.actions = [.accessDenied]
                return try await house.server.auditTrail.page(filter, limit: 500, as: house.ana).entries
                    .filter { $0.user == who.user }
            }
            try await refuse(house.ben, 1500)
            try await refuse(house.cleo, 1)
            #expect(try await refusals(of: house.cleo).count == 1)
            #expect(try await refusals(of: house.ben).count == 200)
            try await house.server.auditTrail.tellHeld()
            let told = try #require(try await refusals(of: house.ben).first)
            #expect(told.actor == "ben" && told.times == 1300 && told.fields["reason"] == "flood")
            // Strangers and what else they do have a measure of their own.
            try await fail(house, 3)
            #expect(try await failures(house) == (3, 3))
        }
    }

    @Test func `what is held of many people is told of each, some of it later`() async throws {
        try await withHouse { house in
            try await house.server.database.write { tx in
                for id in 1...700 {
                    try tx.execute(
                        """
                        INSERT INTO audit_floods (action, user_id, hour, seen, held, held_since)
                        VALUES ('access_denied', \(Int64(1000 + id)), 0, 300, 100, \(house.clock.now))
                        """)
                }
            }
            try await house.server.auditTrail.tellHeld()
            #expect(try await house.audited(.accessDenied) == [500])
            try await house.server.auditTrail.tellHeld()
            try await house.server.auditTrail.tellHeld()
            #expect(try await house.audited(.accessDenied) == [700])
        }
    }

    @Test func `what an admin does is written down in the middle of a flood`() async throws {
        try await withHouse { house in
            try await house.server.database.write { [audit = house.server.audit] tx in
                for _ in 0..<1100 { try audit.record(.accountLocked, user: nil, actor: "unknown", from: .here, tx) }
                try audit.record(.accountLocked, by: house.ana, target: "user:9", tx)
            }
            var filter = AuditFilter()
            filter.target = "user:9"
            #expect(try await house.server.auditTrail.page(filter, limit: 9, as: house.ana).entries.count == 1)
        }
    }
}

@Suite struct RequestTallyTests {
    private func rows(_ house: House, _ action: AuditAction) async throws -> [AuditEntry] {
        var filter = AuditFilter()
        filter.actions = [action]
        return try await house.server.auditTrail.page(filter, limit: 100, as: house.ana).entries
    }

    @Test func `uses of a token make one entry for each route and minute`() async throws {
        try await withHouse { house in
            let tally = house.server.requestTally
            let token = house.ben.with(scopes: .messagesRead)
            for _ in 1...40 { tally.asked(token, for: "GET /api/v1/me") }
            tally.asked(token, for: "GET /api/v1/channels")
            tally.asked(house.ben, for: "GET /api/v1/me")
            try await tally.flush()
            #expect(try await rows(house, .apiRequest).isEmpty, "the minute is not over")
            house.clock.advance(by: .minutes(1))
            tally.asked(token, for: "GET /api/v1/me")
            try await tally.flush()
            try await tally.flush()
            let entries = try await rows(house, .apiRequest)
            #expect(entries.map(\.times).sorted() == [1, 40])
            #expect(entries.allSatisfy { $0.target == "token:1" && $0.user == house.ben.user && $0.actor == "ben" })
            #expect(entries.contains { $0.fields["route"] == "GET /api/v1/me" && $0.fields["count"] == "40" })
            try await tally.flush(all: true)
            #expect(try await rows(house, .apiRequest).count == 3, "a server that stops keeps the running minute")
        }
    }

    @Test func `the first refusal is written down at once, a hundred more in one entry`() async throws {
        try await withHouse { house in
            let tally = house.server.requestTally
            for _ in 1...101 { try await tally.refused(house.ben, "only an admin can do this", at: "GET /admin") }
            #expect(try await rows(house, .accessDenied).map(\.times) == [1])
            house.clock.advance(by: .minutes(1))
            try await tally.flush()
            let entries = try await rows(house, .accessDenied)
            #expect(entries.map(\.times) == [100, 1])
            #expect(
                entries.allSatisfy {
                    $0.fields["reason"] == "only an admin can do this" && $0.target.hasPrefix("session:")
                })
        }
    }

    @Test func `where there are too many kinds, the rest is one, and its first refusal is told`() async throws {
        try await withHouse { house in
            let tally = RequestTally(
                audit: house.server.audit, database: house.server.database, countsRequests: true, maximumKinds: 20,
                now: { house.clock.now })
            let token = house.eve.with(scopes: .messagesRead)
            for number in 0..<20 { tally.asked(token, for: "GET /\(number)") }
            for route in 1...7 { try await tally.refused(house.ben, "no", at: "GET /admin/\(route)") }
            let first = try #require(try await rows(house, .accessDenied).first)
            #expect(first.user == house.ben.user && first.fields["route"] == "GET /admin/1")
            for route in 1...5 { tally.asked(token, for: "POST /\(route)") }
            try await tally.flush(all: true)
            let others = try await rows(house, .accessDenied)
            #expect(others.map(\.times) == [6, 1] && others.first?.actor == "many")
            #expect(try await house.audited(.apiRequest) == [21])
            let many = try await rows(house, .apiRequest).filter { $0.fields["route"] == "other" }
            #expect(many.map(\.times) == [5])
        }
    }

    @Test func `it can be switched off`() async throws {
        try await withHouse { house in
            let tally = RequestTally(
                audit: house.server.audit, database: house.server.database, countsRequests: false,
                now: { house.clock.now })
            tally.asked(house.ben.with(scopes: .messagesRead), for: "GET /api/v1/me")
            try await tally.flush(all: true)
            #expect(try await rows(house, .apiRequest).isEmpty)
        }
    }
}
