import Crypto
import Storage

/// What walking the chain found.
package struct AuditVerification: Sendable {
    package var entries: Int64 = 0
    package var head = AuditHead(id: 0, hash: [])
    package var problem: Problem?

    package var isIntact: Bool { problem == nil }

    /// The first place where the log is not as it was written.
    package struct Problem: Sendable, Equatable {
        package enum Kind: String, Sendable { case changed, removed, inserted, ends }

        package let kind: Kind
        /// The entry it is about; nil for the ends of the chain.
        package let entry: Int64?
        /// The last one of those that are missing.
        package var last: Int64?

        package var text: String {
            switch (kind, entry) {
            case (.changed, let id?): "entry \(id) was changed"
            case (.inserted, let id?): "entry \(id) was inserted"
            case (.removed, let id?) where last ?? id > id: "entries \(id) to \(last ?? id) were removed"
            case (.removed, let id?): "entry \(id) was removed"
            default: "the record of where the log begins and ends was changed or removed"
            }
        }
    }
}

/// The newest entry with its seal. Who keeps it elsewhere can see later that nobody put an old copy of the log back.
package struct AuditHead: Sendable, Equatable {
    let id: Int64
    let hash: [UInt8]

    init(id: Int64, hash: [UInt8]) {
        self.id = id
        self.hash = hash
    }

    /// Reads what `text` wrote.
    package init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let id = Int64(parts[0]), let hash = [UInt8](hexadecimal: parts[1]) else {
            throw ChatError.invalid("head", "must be what an earlier verification printed")
        }
        self.init(id: id, hash: hash)
    }

    package var text: String { "\(id):\(hash.hexadecimal)" }
}

/// A part of the log with the ends of the chain, as both were at one moment.
struct AuditSlice: Sendable {
    let chain: AuditChain?
    let entries: [AuditEntry]
    /// The oldest entry of all.
    let first: Int64?

    static func load(after id: Int64?, _ tx: borrowing Transaction) throws -> AuditSlice {
        let chain = try AuditChain.find(tx)
        return AuditSlice(
            chain: chain, entries: try AuditEntry.slice(after: max(id ?? 0, chain?.baseID ?? 0), tx),
            first: try tx.fetchRequired("SELECT MIN(id) FROM audit_logs"))
    }
}

/// Goes along the chain, slice by slice, while the server writes at one end and prunes at the other.
struct AuditWalk {
    let key: SymmetricKey
    /// What was the newest entry once, as somebody noted it elsewhere.
    let noted: AuditHead?
    private(set) var found = AuditVerification()
    private var position: Int64?
    private var hash: [UInt8] = []

    init(key: SymmetricKey, noted: AuditHead? = nil) {
        self.key = key
        self.noted = noted
    }

    /// Where the next slice begins.
    var after: Int64? { position }

    /// - Returns: whether there is more to walk.
    mutating func take(_ slice: AuditSlice) -> Bool {
        guard let chain = slice.chain else { return stop(.ends) }
        if chain.baseID > position ?? -1 {  // at the beginning, or pruned meanwhile
            (position, hash) = (chain.baseID, chain.baseHash)
        }
        if let first = slice.first, first <= chain.baseID { return stop(.inserted, first) }
        for entry in slice.entries {
            guard follow(entry, until: chain.lastID) else { return false }
        }
        return !slice.entries.isEmpty || finish(chain)
    }

    private mutating func follow(_ entry: AuditEntry, until last: Int64) -> Bool {
        let expected = (position ?? 0) + 1
        guard entry.id.value <= last else {
            return expected <= last ? stop(.removed, expected, last) : stop(.inserted, entry.id.value)
        }
        guard entry.id.value == expected else { return stop(.removed, expected, entry.id.value - 1) }
        guard entry.chained(to: hash, key) == entry.hash else { return stop(.changed, expected) }
        if let noted, noted.id == expected, noted.hash != entry.hash { return stop(.changed, expected) }
        (position, hash) = (expected, entry.hash)
        found.entries += 1
        return true
    }

    private mutating func finish(_ chain: AuditChain) -> Bool {
        let position = position ?? 0
        found.head = AuditHead(id: position, hash: hash)
        let newest = max(chain.lastID, noted?.id ?? 0)
        if position < newest { return stop(.removed, position + 1, newest) }
        return chain.isSealed(with: key) && hash == chain.lastHash ? false : stop(.ends)
    }

    private mutating func stop(
        _ kind: AuditVerification.Problem.Kind, _ entry: Int64? = nil, _ last: Int64? = nil
    ) -> Bool {
        found.problem = AuditVerification.Problem(kind: kind, entry: entry, last: last)
        return false
    }
}
