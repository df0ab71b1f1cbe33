import Crypto
import Foundation
import Storage

/// Writes down what happened, in the transaction in which it happens: neither is there without the other.
struct AuditLog: Sendable {
    let key: SymmetricKey
    let now: @Sendable () -> Timestamp

    /// - Parameter target: what it was done to, as "kind:id".
    @discardableResult func record(
        _ action: AuditAction, by principal: Principal, target: String = "", details: [String: String] = [:],
        _ tx: borrowing Transaction
    ) throws -> AuditEntry {
        let isPerson = principal.credential != .console
        return try record(
            action, user: isPerson ? principal.user : nil, actor: principal.username, from: principal.caller,
            target: target, details: details, tx)
    }

    /// For what happens before anybody is known, such as a sign-in that fails.
    @discardableResult func record(
        _ action: AuditAction, user: User.ID?, actor: String, from caller: Caller, target: String = "",
        details: [String: String] = [:], _ tx: borrowing Transaction
    ) throws -> AuditEntry {
        var chain = try AuditChain.load(tx)
        let draft = AuditEntry(
            id: .init(chain.lastID + 1), createdAt: now(), action: action.rawValue, user: user,
            actor: Self.line(actor), ipAddress: caller.ipAddress, userAgent: caller.userAgent,
            target: Self.line(target), details: try Self.json(details), requestID: caller.requestID, hash: [])
        let entry = draft.with(hash: draft.chained(to: chain.lastHash, key))
        try AuditEntry.insert(entry, tx)
        chain.lastID = entry.id.value
        chain.lastHash = entry.hash
        try chain.store(key, tx)
        try SecurityRules.react(to: entry, tx)
        if action.isFailedSignIn { SecurityLog.loginFailed(ip: caller.ipAddress, requestID: caller.requestID) }
        return entry
    }

    /// What a stranger typed as a name may be anything; 200 characters of it do.
    private static func line(_ text: String) -> String {
        String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(200).map(Character.init))
    }

    private static func json(_ details: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(details.mapValues(line)), as: UTF8.self)
    }
}

extension AuditEntry {
    fileprivate func with(hash: [UInt8]) -> AuditEntry {
        AuditEntry(
            id: id, createdAt: createdAt, action: action, user: user, actor: actor, ipAddress: ipAddress,
            userAgent: userAgent, target: target, details: details, requestID: requestID, hash: hash)
    }
}
