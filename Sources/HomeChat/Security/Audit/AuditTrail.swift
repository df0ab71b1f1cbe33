import Crypto
import Foundation
import Storage

/// The audit log as it is read: for admins, and for whoever can read the data directory.
package struct AuditTrail: Sendable {
    let database: any Database
    let audit: AuditLog
    /// How long entries are kept; nil: for good.
    let retention: Duration?
    let now: @Sendable () -> Timestamp

    package static let maximumPage = 500
    package static let maximumGroups = 1000

    package struct Page: Sendable {
        package let entries: [AuditEntry]
        package let hasMore: Bool
    }

    /// What the words mean now.
    package func filter(_ words: AuditFilter.Words) throws -> AuditFilter { try AuditFilter(words, at: now()) }

    /// The newest first.
    package func page(
        _ filter: AuditFilter, before: AuditEntry.ID? = nil, limit: Int, as principal: Principal
    ) async throws -> Page {
        try principal.requireAdmin()
        let limit = min(max(limit, 1), Self.maximumPage)
        return try await database.read { tx in
            let entries = try filter.page(before: before?.value, limit: limit + 1, tx)
            return Page(entries: Array(entries.prefix(limit)), hasMore: entries.count > limit)
        }
    }

    /// What came after an entry, in the order in which it happened.
    package func next(
        _ filter: AuditFilter, after: AuditEntry.ID, as principal: Principal
    ) async throws -> [AuditEntry] {
        try principal.requireAdmin()
        return try await database.read { tx in try filter.page(after: after.value, limit: Self.maximumPage, tx) }
    }

    package func count(
        _ filter: AuditFilter, by grouping: AuditGrouping, limit: Int = 100, as principal: Principal
    ) async throws -> [AuditCount] {
        try principal.requireAdmin()
        let limit = min(max(limit, 1), Self.maximumGroups)
        return try await database.read { tx in
            try filter.count(by: grouping, limit: limit, tx).map { try $0.named(by: grouping, tx) }
        }
    }

    /// What a flood of events left uncounted, as an entry for each kind.
    func tellHeld() async throws {
        guard try await database.read({ tx in try AuditFlood.isHolding(tx) }) else { return }
        try await database.write { [audit] tx in try audit.tellHeld(tx) }
    }

    /// Walks the whole chain, beside the writer, with one slice in memory.
    /// - Parameter noted: the newest entry of an earlier time, which has to be there still.
    package func verify(noted: AuditHead? = nil, as principal: Principal) async throws -> AuditVerification {
        try principal.requireAdmin()
        var walk = AuditWalk(key: audit.key, noted: noted)
        var goesOn = true
        while goesOn {
            let after = walk.after
            goesOn = walk.take(try await database.read { tx in try AuditSlice.load(after: after, tx) })
        }
        return walk.found
    }
}
