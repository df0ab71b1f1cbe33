import Storage

/// `#security`, where the house tells its admins what may be wrong. The server makes it, and keeps its admins in it.
struct SecurityChannel: Sendable {
    static let purpose = "security"
    /// More in an hour would bury the channel: what comes after is counted on one card.
    static let mostPerHour: Int64 = 60

    let id: Channel.ID
    let author: User.ID

    /// - Returns: nil while the house has no admin to tell.
    static func open(at now: Timestamp, _ tx: borrowing Transaction) throws -> SecurityChannel? {
        guard try User.activeAdmins(tx) > 0 else { return nil }
        let author = try systemAccount(at: now, tx)
        if let id = try find(tx) { return SecurityChannel(id: id, author: author) }
        let draft = try ChannelDraft(
            name: try freeName(tx), description: "What the server noticed. For admins only.", isPrivate: true)
        let channel = try Channel.insert(draft, owner: nil, at: now, tx)
        try tx.execute("UPDATE channels SET purpose = \(purpose) WHERE id = \(channel.id)")
        tx.announce(.channelChanged(channel.id))
        return SecurityChannel(id: channel.id, author: author)
    }

    static func `is`(_ channel: Channel.ID, _ tx: borrowing Transaction) throws -> Bool { try find(tx) == channel }

    /// Lets new admins in and former ones out.
    static func refreshMembers(at now: Timestamp, _ tx: borrowing Transaction) throws {
        guard let id = try find(tx) else { return }
        let missing: [Int64] = try tx.fetchAll(
            """
            SELECT id FROM users WHERE role = 'admin' AND deleted_at IS NULL
                AND id NOT IN (SELECT user_id FROM memberships WHERE channel_id = \(id))
            """)
        for user in missing.map(User.ID.init) where try Membership.begin(user, in: id, at: now, tx) {
            tx.announce(.joined(id, user))
        }
        let former: [Int64] = try tx.fetchAll(
            """
            SELECT memberships.user_id FROM memberships JOIN users ON users.id = memberships.user_id
            WHERE memberships.channel_id = \(id) AND (users.role <> 'admin' OR users.deleted_at IS NOT NULL)
            """)
        for user in former.map(User.ID.init) where try Membership.end(user, in: id, tx) {
            tx.announce(.left(id, user))
        }
    }

    /// - Parameters:
    ///   - key: the card to replace; nil for a message of its own.
    ///   - isUrgent: told however much was told before.
    func post(
        _ text: String, key: String? = nil, _ actions: [NewAction] = [], isUrgent: Bool = false, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws {
        try Self.refreshMembers(at: now, tx)
        if let key, let card = try Message.card(key, by: access, tx) {
            let draft = try MessageDraft(text: text, key: key, actions: actions)
            try Message.replaceCard(card.id, with: draft, by: access, at: now, tx)
            return tx.announce(.messageChanged(card.id, in: id))
        }
        guard try isUrgent || postedSince(now - .hours(1), tx) < Self.mostPerHour else {
            return try postOverflow(at: now, tx)
        }
        try insert(try MessageDraft(text: text, key: key, actions: actions), at: now, tx)
    }

    /// The newest card whose key begins like this, if it changed since.
    func card(_ prefix: String, since moment: Timestamp, _ tx: borrowing Transaction) throws -> SecurityCard? {
        try tx.fetchOne(
            """
            SELECT card_key, updated_at FROM messages
            WHERE channel_id = \(id) AND author_id = \(author) AND card_key >= \(prefix) AND card_key < \(prefix + "~")
                AND updated_at > \(moment)
            ORDER BY id DESC
            LIMIT 1
            """)
    }

    /// How many cards whose key begins like this were posted since.
    func cards(
        _ prefix: String, since moment: Timestamp, atMost limit: Int64, _ tx: borrowing Transaction
    ) throws -> Int64 {
        try tx.fetchRequired(
            """
            SELECT COUNT(*) FROM (
                SELECT id FROM messages
                WHERE channel_id = \(id) AND author_id = \(author) AND card_key >= \(prefix)
                    AND card_key < \(prefix + "~") AND created_at > \(moment)
                LIMIT \(limit)) recent
            """)
    }

    private func postOverflow(at now: Timestamp, _ tx: borrowing Transaction) throws {
        let hour = now.milliseconds / 3_600_000
        let key = "overflow:\(hour)"
        guard try Message.card(key, by: access, tx) == nil else { return }
        let draft = try MessageDraft(
            text: "**More happened than is shown here.** The rest of this hour is in the audit log.", key: key)
        try insert(draft, at: now, tx)
    }

    private func insert(_ draft: MessageDraft, at now: Timestamp, _ tx: borrowing Transaction) throws {
        let message = try Message.insert(draft, by: access, kind: .chat, at: now, tx)
        tx.announce(.messagePosted(message.id, in: id))
    }

    private func postedSince(_ moment: Timestamp, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired(
            """
            SELECT COUNT(*) FROM messages
            WHERE channel_id = \(id) AND author_id = \(author) AND created_at > \(moment)
            """)
    }

    private var access: ChannelAccess {
        ChannelAccess(
            channel: id, type: .private, name: "security", uploader: Uploader(author), isMember: true, isOwner: false,
            isAdmin: true, isArchived: false, isRestricted: false, isClosed: false, isSecurity: true)
    }

    private static func find(_ tx: borrowing Transaction) throws -> Channel.ID? {
        let id: Int64? = try tx.fetchOne("SELECT id FROM channels WHERE purpose = \(purpose)")
        return id.map(Channel.ID.init)
    }

    /// Somebody may have a channel of that name already.
    private static func freeName(_ tx: borrowing Transaction) throws -> String {
        var name = purpose
        var number = 1
        while try Channel.find(named: name, tx) != nil {
            number += 1
            name = "\(purpose)-\(number)"
        }
        return name
    }

    /// Who speaks when the server does. Deleted from its first moment, so no list, mention or sign-in finds it; nobody can
    /// have its name, which is reserved.
    private static func systemAccount(at now: Timestamp, _ tx: borrowing Transaction) throws -> User.ID {
        if let id: Int64 = try tx.fetchOne("SELECT id FROM users WHERE name_key = 'system'") { return User.ID(id) }
        let id: Int64 = try tx.fetchRequired(
            """
            INSERT INTO users (username, name_key, display_name, role, created_at, deleted_at)
            VALUES ('system', 'system', 'HomeChat', 'user', \(now), \(now))
            RETURNING id
            """)
        return User.ID(id)
    }
}

/// A message that is replaced in place.
struct SecurityCard: RowDecodable, Sendable {
    let key: String
    let updatedAt: Timestamp

    init(row: Row) throws {
        key = try row["card_key"]
        updatedAt = try row["updated_at"]
    }
}
