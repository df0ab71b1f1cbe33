import Storage

extension Channel: RowDecodable {
    static let columns: SQL = """
        channels.id, channels.type, channels.name, channels.description, channels.owner_id, channels.archived_at,
        channels.retention_days, channels.created_at
        """

    package init(row: Row) throws {
        id = try row["id"]
        kind = try Kind(rawValue: row["type"]) ?? .private
        name = try row["name"]
        description = try row["description"]
        owner = try row["owner_id"]
        archivedAt = try row["archived_at"]
        retentionDays = try row["retention_days"]
        createdAt = try row["created_at"]
    }
}

extension Channel {
    static func find(_ id: ID, _ tx: borrowing Transaction) throws -> Channel? {
        try tx.fetchOne("SELECT \(columns) FROM channels WHERE id = \(id) AND deleted_at IS NULL")
    }

    static func find(named name: String, _ tx: borrowing Transaction) throws -> Channel? {
        try tx.fetchOne("SELECT \(columns) FROM channels WHERE name_key = \(nameKey(name))")
    }

    static func all(_ tx: borrowing Transaction) throws -> [Channel] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM channels
            WHERE type <> 'dm' AND deleted_at IS NULL
            ORDER BY name_key
            LIMIT 1000
            """)
    }

    static func insert(
        _ draft: ChannelDraft, owner: User.ID?, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Channel {
        guard try find(named: draft.name, tx) == nil else { throw ChatError.invalid("name", "is taken") }
        let kind: Kind = draft.isPrivate ? .private : .public
        return try tx.fetchRequired(
            """
            INSERT INTO channels (type, name, name_key, description, owner_id, created_at)
            VALUES (\(kind.rawValue), \(draft.name), \(nameKey(draft.name)), \(draft.description), \(owner), \(now))
            RETURNING \(columns)
            """)
    }

    /// `#home`, made with the first account.
    static func home(ownedBy user: User, at now: Timestamp, _ tx: borrowing Transaction) throws -> Channel {
        if let home = try find(named: homeName, tx) { return home }
        let draft = try ChannelDraft(name: homeName, description: "Everybody is here.")
        return try insert(draft, owner: user.id, at: now, tx)
    }

    static func update(_ id: ID, _ change: ChannelChange, _ tx: borrowing Transaction) throws {
        let key = change.name.map(nameKey)
        let kind = change.isPrivate.map { $0 ? Kind.private : Kind.public }
        try tx.execute(
            """
            UPDATE channels
            SET name = COALESCE(\(change.name), name), name_key = COALESCE(\(key), name_key),
                description = COALESCE(\(change.description), description), type = COALESCE(\(kind?.rawValue), type)
            WHERE id = \(id)
            """)
    }

    static func setArchived(_ moment: Timestamp?, _ id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE channels SET archived_at = \(moment) WHERE id = \(id)")
    }

    static func setOwner(_ user: User.ID, _ id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE channels SET owner_id = \(user) WHERE id = \(id)")
    }

    static func setRetention(_ days: Int64?, of id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE channels SET retention_days = \(days) WHERE id = \(id)")
    }

    /// Nobody is in it and nobody finds it any more, and its name is free. `Remains` takes away the rest.
    static func close(_ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try Delivery.forget(channel: id, tx)
        try tx.execute("DELETE FROM memberships WHERE channel_id = \(id)")
        try tx.execute("UPDATE bots SET channel_id = NULL WHERE channel_id = \(id)")
        // No name has a line break.
        try tx.execute(
            """
            UPDATE channels SET type = 'private', name_key = \("\n\(id)"), owner_id = NULL, deleted_at = \(now)
            WHERE id = \(id)
            """)
    }
}

extension Channel {
    /// The one conversation of just these people. `key` is made of their ids, so that two who begin at once meet in one.
    static func direct(
        between people: [User], at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> (channel: Channel, isNew: Bool) {
        let key = people.map(\.id).sorted().map(\.description).joined(separator: "-")
        if let existing: Channel = try tx.fetchOne("SELECT \(columns) FROM channels WHERE dm_key = \(key)") {
            return (existing, false)
        }
        let channel: Channel = try tx.fetchRequired(
            """
            INSERT INTO channels (type, name, dm_key, created_at) VALUES ('dm', \("dm-" + key), \(key), \(now))
            RETURNING \(columns)
            """)
        return (channel, true)
    }
}
