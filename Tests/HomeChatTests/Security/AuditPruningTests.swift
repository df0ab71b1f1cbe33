import Storage
import Testing

@testable import HomeChat

@Suite struct AuditPruningTests {
    private func entries(_ house: House, _ action: AuditAction) async throws -> [AuditEntry] {
        var filter = AuditFilter()
        filter.actions = [action]
        return try await house.server.auditTrail.page(filter, limit: 100, as: house.ana).entries
    }

    @Test func `what is older goes, in slices, and what stays is a chain`() async throws {
        try await withHouse { house in
            let trail = house.server.auditTrail
            try await AuditChainTests.record(1100, in: house)
            let before = try await AuditChainTests.verify(house).entries
            house.clock.advance(by: .days(91))
            try await AuditChainTests.record(40, in: house)
            let pruned = try await trail.prune(olderThan: .days(90), as: .console)
            #expect(pruned.entries == before && pruned.through == before)
            let after = try await AuditChainTests.verify(house)
            #expect(after.isIntact && after.entries == 41)
            let entry = try #require(try await entries(house, .auditPruned).first)
            #expect(entry.actor == "console" && entry.fields["count"] == "\(before)" && entry.fields["by"] == "hand")
            #expect(entry.fields["through"] == "\(before)")
            // Cut at the new beginning: as visible as at the old one.
            try await AuditChainTests.tamper(house, "DELETE FROM audit_logs WHERE id = \(before + 1)")
            #expect(try await AuditChainTests.verify(house).problem?.entry == before + 1)
        }
    }

    @Test func `nothing old, nothing done and nothing said`() async throws {
        try await withHouse { house in
            let pruned = try await house.server.auditTrail.prune(olderThan: .days(90), as: .console)
            #expect(pruned.entries == 0)
            #expect(try await entries(house, .auditPruned).isEmpty)
        }
    }

    @Test func `a clock that ran ahead for a while makes no hole`() async throws {
        try await withHouse { house in
            house.clock.advance(by: .days(400))
            try await AuditChainTests.record(3, in: house)
            house.clock.advance(by: .days(-400))
            try await AuditChainTests.record(3, in: house)
            house.clock.advance(by: .days(91))
            _ = try await house.server.auditTrail.prune(olderThan: .days(90), as: .console)
            let found = try await AuditChainTests.verify(house)
            #expect(found.isIntact && found.entries == 7)
        }
    }

    @Test func `evidence is not pruned away unless somebody says so`() async throws {
        try await withHouse { house in
            try await AuditChainTests.record(600, in: house)
            try await AuditChainTests.tamper(house, "UPDATE audit_logs SET actor = 'x' WHERE id = 550")
            house.clock.advance(by: .days(91))
            let trail = house.server.auditTrail
            await #expect(throws: ChatError.self) { try await trail.prune(olderThan: .days(90), as: .console) }
            #expect(try await AuditChainTests.verify(house).problem?.entry == 550)
            _ = try await trail.prune(olderThan: .days(90), force: true, as: .console)
            #expect(try await AuditChainTests.verify(house).isIntact)
        }
    }

    @Test func `the day's pruning is done once, by whoever is first`() async throws {
        try await withHouse { house in
            try await AuditChainTests.record(100, in: house)
            house.clock.advance(by: .days(91))
            let trail = house.server.auditTrail
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...4 { group.addTask { try await trail.pruneDaily() } }
                try await group.waitForAll()
            }
            #expect(try await entries(house, .auditPruned).map { $0.fields["by"] } == ["retention"])
            house.clock.advance(by: .hours(23))
            try await trail.pruneDaily()
            #expect(try await entries(house, .auditPruned).count == 1)
            house.clock.advance(by: .days(91))
            try await trail.pruneDaily()
            #expect(try await entries(house, .auditPruned).count == 1, "the one before is gone, itself too old")
            #expect(try await AuditChainTests.verify(house).isIntact)
        }
    }

    @Test func `only who sits at the machine can prune`() async throws {
        try await withHouse { house in
            await expect(.forbidden("only the command line forgets")) {
                try await house.server.auditTrail.prune(olderThan: .zero, as: house.ana)
            }
        }
    }
}
