import Crypto
import Foundation
import Storage

/// Both ends of the chain, each with a seal, so that neither the oldest nor the newest entries can be cut off unseen.
struct AuditChain: RowDecodable, Sendable {
    /// The newest entry; 0 when there was none yet.
    var lastID: Int64
    var lastHash: [UInt8]
    /// What was before the oldest entry that is still kept.
    var baseID: Int64
    var baseHash: [UInt8]
    private var seal: [UInt8]

    init(row: Row) throws {
        lastID = try row["last_id"]
        lastHash = try row["last_hash"]
        baseID = try row["base_id"]
        baseHash = try row["base_hash"]
        seal = try row["seal"]
    }

    private init() {
        (lastID, lastHash, baseID, baseHash, seal) = (0, [], 0, [], [])
    }

    /// A new installation's chain is sealed before its first entry: afterwards there is no time without one.
    static func begin(_ key: SymmetricKey, _ database: any Database) async throws {
        let isNew = try await database.read { tx in try find(tx) == nil && !User.exists(tx) }
        guard isNew else { return }
        try await database.write { tx in
            guard try find(tx) == nil, try AuditEntry.newest(tx) == nil else { return }
            var chain = AuditChain()
            chain.seal(with: key)
            try chain.store(tx)
        }
    }

    /// nil where somebody took it away.
    static func find(_ tx: borrowing Transaction) throws -> AuditChain? {
        try tx.fetchOne("SELECT last_id, last_hash, base_id, base_hash, seal FROM audit_chain")
    }

    func isSealed(with key: SymmetricKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(seal, authenticating: body, using: key)
    }

    mutating func seal(with key: SymmetricKey) {
        seal = Array(HMAC<SHA256>.authenticationCode(for: body, using: key))
    }

    /// What to go on from where the row is gone, or where rows stand behind its end: never sealed, so that it shows for good.
    ///
    /// Behind its end that is the first gap. Without an end it is the last gap, as the log's own entries may have holes.
    static func behindForgeries(_ tx: borrowing Transaction) throws -> AuditChain {
        let found = try find(tx)
        var chain = found ?? AuditChain()
        chain.seal = []
        if let entry = try AuditEntry.beforeGap(after: chain.lastID, isLast: found == nil, tx) {
            (chain.lastID, chain.lastHash) = (entry.id.value, entry.hash)
        }
        return chain
    }

    /// What the log is when somebody was at its ends: an end behind which no entry fits is none that we wrote.
    static func standing(_ tx: borrowing Transaction) throws -> AuditChain {
        guard var chain = try find(tx) else { return try behindForgeries(tx) }
        if chain.lastID == .max {
            let end = try AuditEntry.beforeGap(after: 0, isLast: true, tx)
            (chain.lastID, chain.lastHash, chain.seal) = (end?.id.value ?? 0, end?.hash ?? [], [])
        }
        if chain.baseID > chain.lastID { (chain.baseID, chain.baseHash, chain.seal) = (0, [], []) }
        return chain
    }

    func store(_ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO audit_chain (id, last_id, last_hash, base_id, base_hash, seal)
            VALUES (1, \(lastID), \(lastHash), \(baseID), \(baseHash), \(seal))
            ON CONFLICT (id) DO UPDATE
            SET last_id = excluded.last_id, last_hash = excluded.last_hash, base_id = excluded.base_id,
                base_hash = excluded.base_hash, seal = excluded.seal
            """)
    }

    private var body: Data {
        Data("\(lastID) \(baseID) ".utf8) + Data(lastHash) + Data(baseHash)
    }
}
