/// What happened in the house since a moment, from its audit log: who, with what, from where, and what is in force. Never what
/// anybody wrote.
package struct IncidentReport: Encodable, Sendable {
    package let site: String
    package let version: String
    package let since: Timestamp
    package let until: Timestamp
    package let state: EmergencyState
    package let failures: FailedSignIns
    package let actions: [ActionCount]
    package let accounts: [AffectedAccount]
    package let tokens: [AffectedToken]
    package let addresses: [SeenAddress]
    package let timeline: [Moment]
    /// Of how many the timeline shows the newest.
    package let entries: Int64

    static let longestTimeline = 500
    static let longestTable = 200

    package struct FailedSignIns: Encodable, Sendable {
        package let count: Int64
        /// From how many they came, whatever the table shows of them.
        package let addresses: Int64
    }

    package struct ActionCount: Encodable, Sendable {
        package let action: String
        package let count: Int64
    }

    /// Somebody who did something or to whom something was done.
    package struct AffectedAccount: Encodable, Sendable {
        package let username: String
        package let role: String
        package let entries: Int64
        package let signIns: Int64
        package let failures: Int64
        package let firstSeen: Timestamp
        package let lastSeen: Timestamp
        package let lockedUntil: Timestamp?
        package let mustChangePassword: Bool

        private enum CodingKeys: String, CodingKey {
            case username, role, entries, failures
            case signIns = "sign_ins"
            case firstSeen = "first_seen"
            case lastSeen = "last_seen"
            case lockedUntil = "locked_until"
            case mustChangePassword = "must_change_password"
        }
    }

    /// A token that was made, replaced, revoked or seen somewhere new.
    package struct AffectedToken: Encodable, Sendable {
        package let id: APIToken.ID
        package let name: String
        package let owner: String
        package let scopes: String
        package let createdAt: Timestamp
        package let lastUsedAt: Timestamp?
        package let lastAddress: String?
        package let revokedAt: Timestamp?

        private enum CodingKeys: String, CodingKey {
            case id, name, owner, scopes
            case createdAt = "created_at"
            case lastUsedAt = "last_used_at"
            case lastAddress = "last_address"
            case revokedAt = "revoked_at"
        }
    }

    package struct SeenAddress: Encodable, Sendable {
        package let address: String
        package let entries: Int64
        package let signIns: Int64
        package let failures: Int64
        package let firstSeen: Timestamp
        package let lastSeen: Timestamp

        private enum CodingKeys: String, CodingKey {
            case address, entries, failures
            case signIns = "sign_ins"
            case firstSeen = "first_seen"
            case lastSeen = "last_seen"
        }
    }

    package struct Moment: Encodable, Sendable {
        package let id: AuditEntry.ID
        package let at: Timestamp
        package let action: String
        package let actor: String
        package let address: String
        package let target: String
        package let details: String
    }
}
