import Crypto
import Foundation
import Storage

extension AuditEntry: RowDecodable {
    static let columns: SQL = """
        audit_logs.id, audit_logs.created_at, audit_logs.action, audit_logs.user_id, audit_logs.actor,
        audit_logs.ip_address, audit_logs.user_agent, audit_logs.target, audit_logs.details, audit_logs.request_id,
        audit_logs.hash
        """

    package init(row: Row) throws {
        id = try row["id"]
        createdAt = try row["created_at"]
        action = try row["action"]
        user = try row["user_id"]
        actor = try row["actor"]
        ipAddress = try row["ip_address"]
        userAgent = try row["user_agent"]
        target = try row["target"]
        details = try row["details"]
        requestID = try row["request_id"]
        hash = try row["hash"]
    }
}

extension AuditEntry {
    static func insert(_ entry: AuditEntry, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO audit_logs
                (id, created_at, action, user_id, actor, ip_address, user_agent, target, details, request_id, hash)
            VALUES (\(entry.id), \(entry.createdAt), \(entry.action), \(entry.user), \(entry.actor), \(entry.ipAddress),
                \(entry.userAgent), \(entry.target), \(entry.details), \(entry.requestID), \(entry.hash))
            """)
    }
}

/// Both ends of the chain, each with a seal, so that neither the oldest nor the newest entries can be cut off unseen.
struct AuditChain: RowDecodable, Sendable {
    /// The newest entry; 0 when there was none yet.
    var lastID: Int64
    var lastHash: [UInt8]
    /// What was before the oldest entry that is still kept.
    var baseID: Int64
    var baseHash: [UInt8]
    var seal: [UInt8]

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

    static func load(_ tx: borrowing Transaction) throws -> AuditChain {
        try tx.fetchOne("SELECT last_id, last_hash, base_id, base_hash, seal FROM audit_chain") ?? AuditChain()
    }

    func isSealed(with key: SymmetricKey) -> Bool {
        lastID == 0 && baseID == 0 && seal.isEmpty
            || HMAC<SHA256>.isValidAuthenticationCode(seal, authenticating: body, using: key)
    }

    mutating func store(_ key: SymmetricKey, _ tx: borrowing Transaction) throws {
        seal = Array(HMAC<SHA256>.authenticationCode(for: body, using: key))
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
