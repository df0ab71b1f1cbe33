import Foundation
import Storage

/// What of the audit log is told in `#security`, in the transaction that writes the entry: so once, on however many nodes.
enum SecurityRules {
    /// How far back failed sign-ins are counted.
    static let spikePeriod = Duration.minutes(10)
    static let spike: Int64 = 20
    static let spikeFromOneAddress: Int64 = 10
    /// Nobody needs the number beyond this.
    static let countedAtMost: Int64 = 1000
    /// A card that counts is not replaced more often.
    static let cardPause = Duration.seconds(5)

    static func react(to entry: AuditEntry, _ tx: borrowing Transaction) throws {
        guard let action = AuditAction(rawValue: entry.action) else { return }
        switch action {
        case .login: try signIn(entry, tx)
        case .emergencyAction: try emergency(entry, tx)
        case .tokenNewNetwork: try tokenUse(entry, tx)
        case .loginFailed:
            try failures(entry, from: nil, threshold: spike, tx)
            if !entry.ipAddress.isEmpty {
                try failures(entry, from: entry.ipAddress, threshold: spikeFromOneAddress, tx)
            }
        default:
            if [.roleChanged, .accountCreated, .accountDeleted].contains(action) {
                try SecurityChannel.refreshMembers(at: entry.createdAt, tx)
            }
            guard let words = words(for: action, entry.fields) else { return }
            try adminAction(words, entry, tx)
        }
    }

    /// One card for a spike as long as it lasts, not one for each failure.
    private static func failures(
        _ entry: AuditEntry, from ip: String?, threshold: Int64, _ tx: borrowing Transaction
    ) throws {
        let now = entry.createdAt
        let count = try AuditEntry.failures(from: ip, since: now - spikePeriod, atMost: countedAtMost, tx)
        guard count >= threshold, let channel = try SecurityChannel.open(at: now, tx) else { return }
        let prefix = "spike:\(ip ?? "all"):"
        let card = try channel.card(prefix, since: now - spikePeriod, tx)
        if let card, card.updatedAt + cardPause > now { return }
        let number = count == countedAtMost ? "\(count) or more" : "\(count)"
        let place = ip.map { "from \(address($0))" } ?? "from all addresses"
        let actions = try ip.map { [try SecurityButton.banAddress.action("network:\($0)")] } ?? []
        try channel.post(
            "**Many failed sign-ins**\n\(number) in \(spikePeriod.components.seconds / 60) minutes, \(place)",
            key: card?.key ?? prefix + "\(entry.id)", actions, at: now, tx)
    }

    private static func adminAction(_ words: String, _ entry: AuditEntry, _ tx: borrowing Transaction) throws {
        guard let channel = try SecurityChannel.open(at: entry.createdAt, tx) else { return }
        let what = entry.target.isEmpty ? "" : ": \(try subject(entry.target, tx))"
        let place = entry.ipAddress.isEmpty ? "on the server itself" : "from \(address(entry.ipAddress))"
        try channel.post("**\(words)**\(what)\nby \(name(entry.actor)), \(place)", at: entry.createdAt, tx)
    }

    /// Said in any case: an attacker must not be able to bury it.
    private static func emergency(_ entry: AuditEntry, _ tx: borrowing Transaction) throws {
        guard let channel = try SecurityChannel.open(at: entry.createdAt, tx) else { return }
        let measure = entry.target.trimmingPrefix("emergency:")
        let place = entry.ipAddress.isEmpty ? "on the server itself" : "from \(address(entry.ipAddress))"
        try channel.post(
            "**Emergency: \(measure)**\n\(entry.fields["what"] ?? "")\nby \(name(entry.actor)), \(place)",
            isUrgent: true, at: entry.createdAt, tx)
    }

    /// What admins do that the others should know; nil for everything else.
    private static func words(for action: AuditAction, _ details: [String: String]) -> String? {
        switch action {
        case .adminAction: "Admin action"
        case .settingChanged: "Setting changed"
        case .roleChanged: "Role changed"
        // Locks after wrong passwords say for whom they hold; those are no admin's doing.
        case .accountLocked: details["scope"] == nil && details["where"] == nil ? "Account locked" : nil
        case .accountUnlocked: "Account unlocked"
        case .accountDeleted: "Account deleted"
        case .networkBanned: "Network banned"
        case .networkUnbanned: "Network let in again"
        case .keyRotated: "Key rotated"
        case .keyBackedUp: "Key copied"
        case .auditExported: "Audit log exported"
        case .auditPruned: details["by"] == "hand" ? "Audit log pruned" : nil
        case .tokenCreated:
            (details["scopes"] ?? "").split(whereSeparator: { " ,".contains($0) }).contains("admin")
                ? "Token with admin rights made" : nil
        default: nil
        }
    }

    static func subject(_ target: String, _ tx: borrowing Transaction) throws -> String {
        if let id: User.ID = target.id(after: "user:"), let user = try User.find(id, tx) { return name(user.username) }
        if let id: APIToken.ID = target.id(after: "token:"), let token = try APIToken.find(id, tx) {
            return "token \(name(token.name))"
        }
        return name(target)
    }

    /// In code, where nothing is a mention, a link or a heading.
    static func name(_ text: String) -> String {
        let safe = text.filter { $0 != "`" && !$0.isNewline }.prefix(80)
        return safe.allSatisfy(\.isWhitespace) ? "somebody" : "`\(safe)`"
    }

    static func address(_ ip: String) -> String { ip.isEmpty ? "the server itself" : name(ip) }
}

extension AuditEntry {
    var fields: [String: String] {
        (try? JSONDecoder().decode([String: String].self, from: Data(details.utf8))) ?? [:]
    }

    /// How many sign-ins failed, over all addresses or from one.
    static func failures(
        from ip: String?, since moment: Timestamp, atMost limit: Int64, _ tx: borrowing Transaction
    ) throws -> Int64 {
        let place: SQL = ip.map { "AND ip_address = \($0)" } ?? ""
        return try tx.fetchRequired(
            """
            SELECT COUNT(*) FROM (
                SELECT id FROM audit_logs
                WHERE action = \(AuditAction.loginFailed.rawValue) AND created_at > \(moment) \(place)
                LIMIT \(limit)) recent
            """)
    }
}

extension String {
    func id<Entity>(after prefix: String) -> Identifier<Entity>? {
        hasPrefix(prefix) ? Identifier(dropFirst(prefix.count)) : nil
    }
}
