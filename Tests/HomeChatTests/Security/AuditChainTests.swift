import Crypto
import Foundation
import Storage
import Testing

@testable import HomeChat

@Suite struct AuditChainTests {
    /// Through the code that writes every entry; many in one transaction, as a busy server commits them.
    static func record(_ count: Int, in house: House, from ip: String = "203.0.113.7") async throws {
        for start in stride(from: 0, to: count, by: 500) {
            try await house.server.database.write { [audit = house.server.audit] tx in
                for number in start..<min(start + 500, count) {
                    try audit.record(
                        .logout, user: .init(Int64(number % 7) + 1), actor: "person \(number % 7)",
                        from: Caller(ipAddress: ip, userAgent: "tests", requestID: "r\(number)"),
                        target: "session:\(number)", details: ["number": "\(number)"], tx)
                }
            }
        }
    }

    static func verify(_ house: House) async throws -> AuditVerification {
        try await house.server.auditTrail.verify(as: house.ana)
    }

    private static func slice(_ house: House, after id: Int64?) async throws -> AuditSlice {
        try await house.server.database.read { tx in try AuditSlice.load(after: id, tx) }
    }

    /// What somebody does who has the database and not the key.
    static func tamper(_ house: House, _ statements: SQL...) async throws {
        try await house.server.database.write { tx in
            for statement in statements { try tx.execute(statement) }
        }
    }

    @Test func `a log that nobody touched is intact, from its first day on`() async throws {
        try await withHouse { house in
            let before = try await Self.verify(house)
            #expect(before.isIntact && before.entries > 0)
            try await Self.record(1203, in: house)
            let after = try await Self.verify(house)
            #expect(after.isIntact)
            #expect(after.entries == before.entries + 1203)
        }
    }

    @Test(
        arguments: [
            "UPDATE audit_logs SET actor = 'nobody' WHERE id = 700",
            "UPDATE audit_logs SET created_at = created_at + 1 WHERE id = 700",
            "UPDATE audit_logs SET ip_address = '203.0.113.8' WHERE id = 700",
            "UPDATE audit_logs SET details = '{}' WHERE id = 700",
            "UPDATE audit_logs SET user_id = NULL WHERE id = 700",
            "UPDATE audit_logs SET target = '' WHERE id = 700",
            "UPDATE audit_logs SET request_id = 'r' WHERE id = 700",
            "UPDATE audit_logs SET times = 2 WHERE id = 700",
            "UPDATE audit_logs SET actor = actor || user_agent, user_agent = '' WHERE id = 700",
            "UPDATE audit_logs SET hash = (SELECT hash FROM audit_logs WHERE id = 699) WHERE id = 700",
        ] as [SQL]) func `the first entry that was changed is named, whatever of it`(change: SQL) async throws
    {
        try await withHouse { house in
            try await Self.record(1000, in: house)
            try await Self.tamper(house, change, "UPDATE audit_logs SET actor = 'x' WHERE id = 900")
            #expect(try await Self.verify(house).problem == .init(kind: .changed, entry: 700))
        }
    }

    @Test func `what is missing is named, in the middle and at both ends`() async throws {
        let cuts: [(SQL, AuditVerification.Problem)] = [
            ("DELETE FROM audit_logs WHERE id IN (600, 601)", .init(kind: .removed, entry: 600, last: 601)),
            ("DELETE FROM audit_logs WHERE id < 4", .init(kind: .removed, entry: 1, last: 3)),
            ("DELETE FROM audit_logs WHERE id > 990", .init(kind: .removed, entry: 991, last: 1000)),
            ("DELETE FROM audit_logs", .init(kind: .removed, entry: 1, last: 1000)),
        ]
        for (cut, problem) in cuts {
            try await withHouse { house in
                let there = Int(try await Self.verify(house).head.id)
                try await Self.record(1000 - there, in: house)
                try await Self.tamper(house, cut)
                #expect(try await Self.verify(house).problem == problem)
            }
        }
    }

    @Test func `who moves the ends along with the cut is found out, also later`() async throws {
        let moves: [SQL] = [
            "UPDATE audit_chain SET last_id = 990, last_hash = (SELECT hash FROM audit_logs WHERE id = 990)",
            "UPDATE audit_chain SET base_id = 10, base_hash = (SELECT hash FROM audit_logs WHERE id = 10)",
            "DELETE FROM audit_chain",
        ]
        let cuts: [SQL] = [
            "DELETE FROM audit_logs WHERE id > 990", "DELETE FROM audit_logs WHERE id <= 10", "DELETE FROM audit_logs",
        ]
        for (move, cut) in zip(moves, cuts) {
            try await withHouse { house in
                try await Self.record(1000, in: house)
                try await Self.tamper(house, move, cut)
                #expect(try await Self.verify(house).problem?.kind == .ends)
                // What comes after it does not seal it.
                try await Self.record(3, in: house)
                #expect(try await Self.verify(house).problem != nil)
            }
        }
    }

    @Test func `an entry that somebody put there is named, and hinders nobody`() async throws {
        try await withHouse { house in
            let last = try await Self.verify(house).head.id
            try await Self.tamper(
                house,
                """
                INSERT INTO audit_logs
                    (id, created_at, action, actor, ip_address, user_agent, target, details, request_id, hash)
                SELECT id + 1, created_at, 'login', 'eve', '', '', '', '{}', '', hash FROM audit_logs WHERE id = \(last)
                """)
            #expect(try await Self.verify(house).problem == .init(kind: .inserted, entry: last + 1))
            try await Self.record(2, in: house)
            #expect(try await Self.verify(house).problem?.entry == last + 1)
        }
    }

    /// The number that no entry can follow.
    private static func forge(_ house: House, id: Int64, at created: Int64 = 0) async throws {
        try await tamper(
            house,
            """
            INSERT INTO audit_logs
                (id, created_at, action, actor, ip_address, user_agent, target, details, request_id, hash)
            SELECT \(id), \(created), 'login', 'eve', '', '', '', '{}', '', hash FROM audit_logs WHERE id = 1
            """)
    }

    @Test func `an entry with the last number of all is named, and hinders nobody`() async throws {
        try await withHouse { house in
            try await Self.record(10, in: house)
            let last = try await Self.verify(house).head.id
            try await Self.forge(house, id: .max)
            try await Self.forge(house, id: last + 1)
            try await Self.forge(house, id: last + 2)
            #expect(try await Self.verify(house).problem == .init(kind: .inserted, entry: last + 1))
            try await Self.record(2, in: house)
            let newest = try await house.server.database.read { tx in try AuditChain.find(tx)?.lastID }
            #expect(newest == last + 4)
            #expect(try await Self.verify(house).problem?.entry == last + 1)
            // Kept days or not: what the chain knows nothing of is never taken for its newest entry.
            house.clock.advance(by: .days(91))
            let trail = house.server.auditTrail
            await #expect(throws: ChatError.self) { try await trail.prune(olderThan: .days(90), as: .console) }
            _ = try await trail.prune(olderThan: .days(90), force: true, as: .console)
            try await Self.record(2, in: house)
            let found = try await Self.verify(house)
            #expect(found.isIntact && found.entries >= 3)
        }
    }

    @Test func `a forged entry behind a gap is named, and goes where somebody says so`() async throws {
        try await withHouse { house in
            try await Self.record(10, in: house)
            for id: Int64 in [.max, .max - 1, 5000] { try await Self.forge(house, id: id, at: 2_000_000_000_000) }
            #expect(try await Self.verify(house).problem == .init(kind: .inserted, entry: 5000))
            try await Self.record(2, in: house)
            let trail = house.server.auditTrail
            house.clock.advance(by: .days(91))
            try await Self.record(1, in: house)
            _ = try await trail.prune(olderThan: .days(90), as: .console)
            #expect(try await Self.verify(house).problem == .init(kind: .inserted, entry: 5000))
            let pruned = try await trail.prune(olderThan: .days(90), force: true, as: .console)
            #expect(pruned.entries == 3)
            #expect(try await Self.verify(house).isIntact)
        }
    }

    @Test func `an end moved to the last number of all stops nothing but the audited, until it is mended`() async throws
    {
        try await withHouse { house in
            try await Self.record(10, in: house)
            try await Self.tamper(house, "UPDATE audit_chain SET last_id = \(Int64.max), base_id = \(Int64.max)")
            await #expect(throws: ChatError.self) { try await Self.record(1, in: house) }
            #expect(try await Self.verify(house).problem != nil)
            house.clock.advance(by: .days(91))
            _ = try await house.server.auditTrail.prune(olderThan: .days(90), force: true, as: .console)
            try await Self.record(3, in: house)
            let found = try await Self.verify(house)
            #expect(found.isIntact && found.entries == 4)
        }
    }

    @Test func `a log without its ends goes on behind its own entries`() async throws {
        try await withHouse { house in
            try await Self.record(10, in: house)
            let last = try await Self.verify(house).head.id
            try await Self.forge(house, id: .max)
            try await Self.tamper(house, "DELETE FROM audit_logs WHERE id = 3", "DELETE FROM audit_chain")
            try await Self.record(1, in: house)
            let newest = try await house.server.database.read { tx in try AuditChain.find(tx)?.lastID }
            #expect(newest == last + 1)
            #expect(try await Self.verify(house).problem != nil)
        }
    }

    @Test func `an old copy of the whole log is found out by whoever noted a later head`() async throws {
        try await withHouse { house in
            let old = try await house.server.database.read { tx in try #require(try AuditChain.find(tx)) }
            let count = try await Self.verify(house).entries
            try await Self.record(20, in: house)
            let head = try await Self.verify(house).head
            #expect(try AuditHead(head.text) == head)
            try await house.server.database.write { tx in
                try tx.execute("DELETE FROM audit_logs WHERE id > \(count)")
                try old.store(tx)
            }
            #expect(try await Self.verify(house).isIntact, "by itself it is a log like any other")
            let found = try await house.server.auditTrail.verify(noted: head, as: house.ana)
            #expect(found.problem == .init(kind: .removed, entry: count + 1, last: head.id))
        }
    }

    @Test func `verifying goes on while the server writes and prunes`() async throws {
        try await withHouse { house in
            try await Self.record(1500, in: house)
            house.clock.advance(by: .days(91))
            var walk = AuditWalk(key: house.server.audit.key)
            #expect(walk.take(try await Self.slice(house, after: nil)))
            try await Self.record(700, in: house)
            let pruned = try await house.server.auditTrail.prune(olderThan: .days(90), as: .console)
            #expect(pruned.entries > 1500)
            var goesOn = true
            while goesOn {
                goesOn = walk.take(try await Self.slice(house, after: walk.after))
            }
            #expect(walk.found.isIntact)
            // A slice each: what was pruned behind the first slice was walked already or is skipped.
            #expect(walk.found.entries < 1500 + 700)
        }
    }

    /// `HOMECHAT_AUDIT_ENTRIES=100000` for the figure; the usual run is shorter.
    @Test func `a long log is verified quickly, and one changed byte is found`() async throws {
        let count = ProcessInfo.processInfo.environment["HOMECHAT_AUDIT_ENTRIES"].flatMap(Int.init) ?? 5000
        try await withHouse { house in
            let clock = ContinuousClock()
            let writing = try await clock.measure { try await Self.record(count, in: house) }
            var found = try await Self.verify(house)
            let time = try await clock.measure { found = try await Self.verify(house) }
            #expect(found.isIntact && found.entries > count)
            print("\(found.entries) entries: written in \(writing), verified in \(time)")
            guard house.server.database.engine == .sqlite else { return }
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            shell.arguments = [
                "python3", "-c",
                """
                import sqlite3, sys
                database = sqlite3.connect(sys.argv[1])
                database.execute("UPDATE audit_logs SET user_agent = 'tesTs' WHERE id = ?", (int(sys.argv[2]),))
                database.commit()
                """, house.server.settings.dataDirectory + "/homechat.sqlite3", "\(count / 2)",
            ]
            try shell.run()
            shell.waitUntilExit()
            try #require(shell.terminationStatus == 0)
            let broken = try await Self.verify(house)
            #expect(broken.problem?.text == "entry \(count / 2) was changed")
            print("after one byte: \(broken.problem?.text ?? "nothing")")
        }
    }
}
