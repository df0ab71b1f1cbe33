/// One line of a count, as it leaves the server.
package struct AuditCountLine: Encodable, Sendable {
    package let value: String
    package let name: String?
    /// How often it happened.
    package let count: Int64
    /// In how many entries: fewer where one stands for many.
    package let entries: Int64
    package let lastAt: String

    package init(_ count: AuditCount) {
        value = count.value
        name = count.name
        self.count = count.times
        entries = count.entries
        lastAt = count.lastAt.exactISO8601
    }

    enum CodingKeys: String, CodingKey {
        case value, name, count, entries
        case lastAt = "last_at"
    }
}

/// What verifying found, as it leaves the server.
package struct AuditVerificationLine: Encodable, Sendable {
    package let intact: Bool
    package let entries: Int64
    package let head: String
    package let problem: String?
    package let kind: String?
    package let entry: Int64?

    package init(_ found: AuditVerification) {
        intact = found.isIntact
        entries = found.entries
        head = found.head.text
        problem = found.problem?.text
        kind = found.problem?.kind.rawValue
        entry = found.problem?.entry
    }
}
