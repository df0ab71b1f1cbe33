import Crypto
import Foundation
import Storage

/// Writes down what happened, in the transaction in which it happens: neither is there without the other.
struct AuditLog: Sendable {
    let key: SymmetricKey
    let now: @Sendable () -> Timestamp

    /// - Parameter target: what it was done to, as "kind:id".
    /// - Parameter times: how often, where one entry stands for many.
    func record(
        _ action: AuditAction, by principal: Principal, target: String = "", details: [String: String] = [:],
        times: Int64 = 1, _ tx: borrowing Transaction
    ) throws {
        let user = principal.credential == .console ? nil : principal.user
        // What is refused to somebody who is known can be repeated as easily as what a stranger does.
        if action == .accessDenied, try AuditFlood.holds(action, of: user, times, at: now(), tx) { return }
        try append(
            action, Subject(user: user, actor: principal.username, caller: principal.caller), target, details, times, tx
        )
    }

    /// For what happens before anybody is known, such as a sign-in that fails.
    func record(
        _ action: AuditAction, user: User.ID?, actor: String, from caller: Caller, target: String = "",
        details: [String: String] = [:], times: Int64 = 1, _ tx: borrowing Transaction
    ) throws {
        if action.isFailedSignIn { SecurityLog.loginFailed(ip: caller.ipAddress, requestID: caller.requestID) }
        // Only what is refused to somebody is surely theirs: strangers fail to sign in under any name.
        let culprit = action == .accessDenied ? user : nil
        if action.isOpenToStrangers, try AuditFlood.holds(action, of: culprit, times, at: now(), tx) { return }
        try append(action, Subject(user: user, actor: actor, caller: caller), target, details, times, tx)
    }

    /// One entry for each kind of event of which there were too many to write each down.
    func tellHeld(_ tx: borrowing Transaction) throws {
        for flood in try AuditFlood.take(tx) {
            guard let action = AuditAction(rawValue: flood.action) else { continue }
            let user = try flood.user.flatMap { try User.find($0, tx) }
            try append(
                action, Subject(user: flood.user, actor: user?.username ?? "many", caller: .here), "",
                ["reason": "flood", "count": String(flood.held), "since": flood.heldSince.iso8601], flood.held, tx)
        }
    }

    private struct Subject {
        let user: User.ID?
        let actor: String
        let caller: Caller
    }

    private func append(
        _ action: AuditAction, _ subject: Subject, _ target: String, _ details: [String: String], _ times: Int64,
        _ tx: borrowing Transaction
    ) throws {
        let draft = AuditEntry(
            id: .init(0), createdAt: now(), action: action.rawValue, user: subject.user,
            actor: subject.actor.printableLine, ipAddress: subject.caller.ipAddress,
            userAgent: subject.caller.userAgent.printableLine, target: target.printableLine,
            details: try Self.json(details), requestID: subject.caller.requestID, times: times, hash: [])
        var chain = try AuditChain.find(tx) ?? AuditChain.behindForgeries(tx)
        // A chain that somebody was at keeps its wrong seal: sealing it anew would hide that.
        var isIntact = chain.isSealed(with: key)
        var entry = try draft.following(chain, key)
        if try !AuditEntry.insert(entry, tx) {
            chain = try AuditChain.behindForgeries(tx)
            isIntact = false
            entry = try draft.following(chain, key)
            guard try AuditEntry.insert(entry, tx) else { throw StorageError.noRow }
            SecurityLog.chainBroken()
        }
        (chain.lastID, chain.lastHash) = (entry.id.value, entry.hash)
        if isIntact { chain.seal(with: key) }
        try chain.store(tx)
        try SecurityRules.react(to: entry, tx)
    }

    private static func json(_ details: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(details.mapValues(\.printableLine)), as: UTF8.self)
    }
}

extension AuditEntry {
    fileprivate func following(_ chain: AuditChain, _ key: SymmetricKey) throws -> AuditEntry {
        guard chain.lastID < .max else {
            throw ChatError.conflict(
                "the end of the audit log was changed; see `homechat audit verify`, then prune with --force")
        }
        let draft = with(id: .init(chain.lastID + 1), hash: [])
        return draft.with(id: draft.id, hash: draft.chained(to: chain.lastHash, key))
    }

    private func with(id: ID, hash: [UInt8]) -> AuditEntry {
        AuditEntry(
            id: id, createdAt: createdAt, action: action, user: user, actor: actor, ipAddress: ipAddress,
            userAgent: userAgent, target: target, details: details, requestID: requestID, times: times, hash: hash)
    }
}
