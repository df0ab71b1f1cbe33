import Crypto
import Foundation

/// One thing that happened, as it was when it happened. Never changed afterwards.
package struct AuditEntry: Sendable {
    package typealias ID = Identifier<AuditEntry>

    package let id: ID
    package let createdAt: Timestamp
    package let action: String
    /// nil: the command line, the server itself, or somebody without an account.
    package let user: User.ID?
    /// The user name at that time.
    package let actor: String
    package let ipAddress: String
    package let userAgent: String
    /// What it was done to: "user:3", "token:4", "setting:allow_signups".
    package let target: String
    /// A JSON object of texts, never a secret.
    package let details: String
    package let requestID: String
    /// How often it happened: more than once where an entry stands for many.
    package let times: Int64
    package let hash: [UInt8]

    /// HMAC-SHA256 over the entry and the hash before it: each field with its length before it, so that no two entries
    /// look the same.
    func chained(to previous: [UInt8], _ key: SymmetricKey) -> [UInt8] {
        var code = HMAC<SHA256>(key: key)
        code.update(data: previous)
        var fields = [
            id.description, String(createdAt.milliseconds), action, user?.description ?? "", actor, ipAddress,
            userAgent, target, details, requestID,
        ]
        // Entries from before there was such a number have the hash that they had.
        if times != 1 { fields.append(String(times)) }
        for field in fields {
            code.update(data: Data("\(field.utf8.count):".utf8))
            code.update(data: Data(field.utf8))
        }
        return Array(code.finalize())
    }
}
