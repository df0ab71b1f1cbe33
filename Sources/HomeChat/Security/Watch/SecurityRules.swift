import Foundation
import Storage

/// What of the audit log is told in `#security`, in the transaction that writes the entry: so once, on however many nodes.
enum SecurityRules {
    /// How far back failed sign-ins are counted.
    static let spikePeriod = Duration.minutes(10)
    static let spike: Int64 = 20
    static let spikeFromOneAddress: Int64 = 10
    /// Fewer failures from one address of many are no reason to ban it.
    static let worthBanning: Int64 = 3
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
            guard let deed = try AdminDeed(entry, tx) else { return }
            try adminAction(deed, entry, tx)
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
        let worst = try ip ?? worstAddress(since: now - spikePeriod, tx)
        let actions = try worst.map { [try SecurityButton.banAddress.action("network:\($0)")] } ?? []
        let most = ip == nil ? worst.map { ", the most from \(address($0))" } ?? "" : ""
        try channel.post(
            "**Many failed sign-ins**\n\(number) in \(spikePeriod.components.seconds / 60) minutes, \(place)\(most)",
            key: card?.key ?? prefix + "\(entry.id)", actions, at: now, tx)
    }

    /// The address with the most failures of all that can be banned; nil where none stands out.
    private static func worstAddress(since moment: Timestamp, _ tx: borrowing Transaction) throws -> String? {
        try AuditEntry.failingAddresses(since: moment, atLeast: worthBanning, tx)
            .first { (try? NewBan($0, reason: "", sparing: "")) != nil }
    }

    private static func adminAction(_ deed: AdminDeed, _ entry: AuditEntry, _ tx: borrowing Transaction) throws {
        // Of the first admin, there is nobody else to tell.
        if entry.action == AuditAction.accountCreated.rawValue, try User.activeAdmins(tx) < 2,
            entry.fields["role"] == User.Role.admin.rawValue
        {
            return
        }
        guard let channel = try SecurityChannel.open(at: entry.createdAt, tx) else { return }
        let what = try subject(entry, tx)
        try channel.post(
            "**\(deed.words)**\(what.isEmpty ? "" : ": \(what)")\n\(doer(entry))", try questions(about: entry),
            isUrgent: deed.isUrgent, at: entry.createdAt, tx)
    }

    /// Said in any case: an attacker must not be able to bury it.
    private static func emergency(_ entry: AuditEntry, _ tx: borrowing Transaction) throws {
        guard let channel = try SecurityChannel.open(at: entry.createdAt, tx) else { return }
        let measure = entry.target.trimmingPrefix("emergency:")
        try channel.post(
            "**Emergency: \(measure)**\n\(entry.fields["what"] ?? "")\n\(doer(entry))", try questions(about: entry),
            isUrgent: true, at: entry.createdAt, tx)
    }

    private static func doer(_ entry: AuditEntry) -> String {
        let place = entry.ipAddress.isEmpty ? "on the server itself" : "from \(address(entry.ipAddress))"
        return "by \(name(entry.actor)), \(place)"
    }

    /// The console has no account that could be locked.
    private static func questions(about entry: AuditEntry) throws -> [NewAction] {
        guard let user = entry.user else { return [] }
        return [
            try SecurityButton.thatWasMe.action("user:\(user)"), try SecurityButton.lockAccount.action("user:\(user)"),
        ]
    }

    /// What it was done to, with the names that it had then.
    private static func subject(_ entry: AuditEntry, _ tx: borrowing Transaction) throws -> String {
        let fields = entry.fields
        var words = entry.target.isEmpty ? "" : try subject(entry.target, tx)
        if entry.target.hasPrefix("user:"), let username = fields["username"] { words = name(username) }
        if entry.target.hasPrefix("token:"), let token = fields["name"] { words = "token \(name(token))" }
        if entry.target.hasPrefix("bot:"), let bot = fields["name"] { words = "bot \(name(bot))" }
        if let owner = fields["owner"] ?? fields["author"], !owner.isEmpty { words += " of \(name(owner))" }
        if let channel = fields["channel"] { words += ", channel \(name(channel))" }
        guard entry.action == AuditAction.adminAction.rawValue, let what = fields["what"] else { return words }
        return "\(name(what)), \(words)"
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

    /// From where sign-ins failed, the worst first; of a flood, its end.
    static func failingAddresses(
        since moment: Timestamp, atLeast threshold: Int64, _ tx: borrowing Transaction
    ) throws -> [String] {
        try tx.fetchAll(
            """
            SELECT ip_address FROM (
                SELECT ip_address FROM audit_logs
                WHERE action = \(AuditAction.loginFailed.rawValue) AND created_at > \(moment) AND ip_address <> ''
                ORDER BY id DESC
                LIMIT \(SecurityRules.countedAtMost)) recent
            GROUP BY ip_address
            HAVING COUNT(*) >= \(threshold)
            ORDER BY COUNT(*) DESC, ip_address
            LIMIT 5
            """)
    }
}

extension String {
    func id<Entity>(after prefix: String) -> Identifier<Entity>? {
        hasPrefix(prefix) ? Identifier(dropFirst(prefix.count)) : nil
    }
}
