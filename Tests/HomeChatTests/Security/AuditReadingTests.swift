import Storage
import Testing

@testable import HomeChat

@Suite struct AuditReadingTests {
    private func words(_ change: (inout AuditFilter.Words) -> Void) -> AuditFilter.Words {
        var words = AuditFilter.Words()
        change(&words)
        return words
    }

    private func record(_ action: AuditAction, _ house: House, from ip: String, times: Int = 1) async throws {
        try await house.server.database.write { [audit = house.server.audit] tx in
            for _ in 0..<times {
                try audit.record(
                    action, user: house.ben.user, actor: "ben",
                    from: Caller(ipAddress: ip, userAgent: "tests", requestID: "q\(ip)"),
                    target: "user:\(house.ben.user)", tx)
            }
        }
    }

    private func found(_ house: House, _ change: (inout AuditFilter.Words) -> Void) async throws -> [AuditEntry] {
        let trail = house.server.auditTrail
        return try await trail.page(try trail.filter(words(change)), limit: 500, as: house.ana).entries
    }

    @Test func `each filter finds what it names, and all together the same`() async throws {
        try await withHouse { house in
            try await record(.logout, house, from: "203.0.113.7", times: 3)
            house.clock.advance(by: .hours(2))
            try await record(.passwordChange, house, from: "203.0.113.99")
            try await record(.logout, house, from: "2001:db8::7")
            #expect(try await found(house) { $0.actions = ["logout"] }.count == 4)
            #expect(try await found(house) { $0.actions = ["logout", "password_change"] }.count == 5)
            #expect(try await found(house) { $0.ip = "203.0.113.7" }.count == 3)
            #expect(try await found(house) { $0.ip = "203.0.113.0/24" }.count == 4)
            #expect(try await found(house) { $0.ip = "203.0.113.64/26" }.count == 1)
            #expect(try await found(house) { $0.ip = "2001:db8::/32" }.count == 1)
            #expect(try await found(house) { $0.ip = "198.51.100.0/24" }.isEmpty)
            #expect(try await found(house) { $0.since = "1h" }.count == 2)
            #expect(try await found(house) { ($0.actions, $0.until) = (["logout"], "1h") }.count == 3)
            #expect(try await found(house) { ($0.actions, $0.user) = (["logout"], "Ben") }.count == 4)
            #expect(try await found(house) { ($0.actions, $0.user) = (["logout"], "\(house.ben.user)") }.count == 4)
            #expect(try await found(house) { ($0.actions, $0.actor) = (["logout"], "ben") }.count == 4)
            #expect(try await found(house) { ($0.actions, $0.actor) = (["logout"], "ana") }.isEmpty)
            #expect(
                try await found(house) { ($0.actions, $0.target) = (["logout"], "user:\(house.ben.user)") }.count == 4)
            #expect(try await found(house) { ($0.actions, $0.target) = (["logout"], "user:") }.count == 4)
            #expect(try await found(house) { $0.target = "use:" }.isEmpty)
            #expect(try await found(house) { $0.requestID = "q2001:db8::7" }.count == 1)
            let all = try await found(house) {
                ($0.actions, $0.actor, $0.ip, $0.since) = (["logout", "login"], "ben", "2001:db8::7", "1h")
            }
            #expect(all.count == 1)
        }
    }

    @Test func `pages go on where the one before ended`() async throws {
        try await withHouse { house in
            try await AuditChainTests.record(25, in: house)
            let trail = house.server.auditTrail
            for actions in [["logout"], ["logout", "login"]] {
                let filter = try trail.filter(words { $0.actions = actions })
                var ids: [Int64] = []
                var before: AuditEntry.ID?
                repeat {
                    let page = try await trail.page(filter, before: before, limit: 10, as: house.ana)
                    ids += page.entries.map(\.id.value)
                    before = page.hasMore ? page.entries.last?.id : nil
                } while before != nil
                #expect(ids == Array(Set(ids)).sorted(by: >) && ids.count >= 25)
            }
        }
    }

    @Test func `counts add up, and know today's names`() async throws {
        try await withHouse { house in
            try await record(.loginFailed, house, from: "203.0.113.7", times: 3)
            try await record(.loginFailed, house, from: "203.0.113.8", times: 2)
            let (token, _) = try await house.server.tokens.create(
                try NewToken(name: "door", scopes: ["messages:read"]), for: house.ben.user, as: .console)
            try await house.server.database.write { [audit = house.server.audit] tx in
                try audit.record(
                    .apiRequest, user: house.ben.user, actor: "ben", from: .here, target: "token:\(token.id)",
                    times: 40,
                    tx)
            }
            let trail = house.server.auditTrail
            func counts(_ by: AuditGrouping, _ actions: [String]) async throws -> [AuditCount] {
                try await trail.count(try trail.filter(words { $0.actions = actions }), by: by, as: house.ana)
            }
            #expect(
                try await counts(.ip, ["login_failed"]).map { "\($0.value) \($0.times)" } == [
                    "203.0.113.7 3", "203.0.113.8 2",
                ])
            let requests = try #require(try await counts(.token, ["api_request"]).first)
            #expect((requests.value, requests.name, requests.times) == ("token:\(token.id)", "door", 40))
            #expect(requests.entries == 1)
            #expect(try await counts(.user, ["login_failed"]).map(\.name) == ["ben"])
            #expect(try await counts(.actor, ["login_failed"]).map(\.times) == [5])
            #expect(try await counts(.action, []).contains { $0.value == "login_failed" && $0.times == 5 })
        }
    }

    @Test func `only admins read, and a token needs the scope`() async throws {
        try await withHouse { house in
            let trail = house.server.auditTrail
            let filter = AuditFilter()
            for who in [house.ben, house.ana.with(scopes: .messagesRead), house.ben.with(scopes: .admin)] {
                await #expect(throws: ChatError.self) { try await trail.page(filter, limit: 1, as: who) }
                await #expect(throws: ChatError.self) { try await trail.count(filter, by: .ip, as: who) }
                await #expect(throws: ChatError.self) { try await trail.verify(as: who) }
                await #expect(throws: ChatError.self) { try await trail.export(filter, as: .csv, by: who) }
            }
            house.clock.advance(by: .minutes(11))
            await expect(.proofNeeded) { try await trail.export(filter, as: .csv, by: house.ana) }
        }
    }

    /// Once the answer has begun, nothing but breaking it off could say so.
    @Test func `an export of somebody unknown is refused before it begins, and not written down`() async throws {
        try await withHouse { house in
            let trail = house.server.auditTrail
            let filter = try trail.filter(words { $0.user = "nobody.here" })
            await expect(.invalid("user", "is not known here")) {
                try await trail.export(filter, as: .csv, by: house.ana)
            }
            #expect(try await house.audited(.auditExported) == [0])
        }
    }

    /// Asked of the queries that run, with the values of each filter.
    @Test func `every filter finds its entries by an index`() async throws {
        try await withHouse { house in
            guard house.server.database.engine == .sqlite else { return }
            let plans: [(SQL, String)] = [
                ("action = 'login' AND id < 9", "audit_logs_by_action"),
                ("id > 0 AND ip_address = '::1'", "audit_logs_by_address"),
                ("id > 0 AND actor = 'ana'", "audit_logs_by_actor"),
                ("id > 0 AND user_id = 1", "audit_logs_by_user"),
                ("id > 0 AND target = 'user:1'", "audit_logs_by_target"),
                ("id > 0 AND request_id = 'r' AND request_id <> ''", "audit_logs_by_request"),
                ("id > 0", "INTEGER PRIMARY KEY"),
            ]
            for (condition, index) in plans {
                let plan: [PlanStep] = try await house.server.database.read { tx in
                    try tx.fetchAll(
                        "EXPLAIN QUERY PLAN SELECT id, hash FROM audit_logs WHERE \(condition) ORDER BY id DESC LIMIT 100"
                    )
                }
                let text = plan.map(\.detail).joined(separator: "; ")
                #expect(text.contains(index), "\(text)")
                #expect(!text.contains("TEMP B-TREE"), "\(text)")
            }
        }
    }

    private struct PlanStep: RowDecodable {
        let detail: String
        init(row: Row) throws { detail = try row["detail"] }
    }

    @Test func `a table of figures computes nothing, and a terminal obeys nothing`() throws {
        #expect(
            CSV.row(["=cmd|x", "+1", "-1", "@sum", "a,b", "say \"hi\""])
                == "\"'=cmd|x\",\"'+1\",\"'-1\",\"'@sum\",\"a,b\",\"say \"\"hi\"\"\"\r\n")
        #expect(CSV.row(["\u{1b}[2J", "\tx", "a\r\nb"]) == "\\u001b[2J,\\u0009x,a\\u000d\\u000ab\r\n")
        #expect("\u{9b}2J \u{202e}txt".printable() == "\\u009b2J \\u202etxt")
        #expect("a\u{1b}[2J\u{9b}\u{202e}\u{200d}\nb\u{7f}".printableLine == "a[2Jb")
        #expect("\"\u{9b}\u{e0001}é\"".printable() == "\"\\u009b\\udb40\\udc01é\"")
    }

    @Test func `times are exact to the millisecond`() {
        #expect(Timestamp(milliseconds: 1_800_000_000_007).exactISO8601 == "2027-01-15T08:00:00.007Z")
        #expect(Timestamp(milliseconds: -1).exactISO8601 == "1969-12-31T23:59:59.999Z")
    }
}
