import Storage

extension User.Role {
    /// `role` and `restriction` of a row.
    init(_ row: Row) throws {
        let restriction: String? = try row["restriction"]
        self = try Self(rawValue: restriction ?? row["role"]) ?? .user
    }

    /// What `users.role` holds, and what the wire calls `role`.
    var word: String { self == .admin ? "admin" : "user" }

    /// What `users.restriction` holds.
    var restriction: String? { isRestricted ? rawValue : nil }

    /// What the wire calls `household_role`.
    package var householdWord: String { self == .user ? "member" : rawValue }

    /// Sees only what an admin chose.
    package var isRestricted: Bool { self == .limited || self == .guest }
}

extension User {
    static func setRole(
        _ role: Role, until moment: Timestamp?, of id: ID, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE users SET role = \(role.word), restriction = \(role.restriction), access_until = \(moment)
            WHERE id = \(id)
            """)
    }

    /// Guests whose time is over and who still have a session or a token.
    static func overstayed(at now: Timestamp, _ tx: borrowing Transaction) throws -> [User] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM users
            WHERE access_until <= \(now) AND deleted_at IS NULL
                AND (EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = users.id)
                    OR EXISTS (SELECT 1 FROM api_tokens
                        WHERE api_tokens.user_id = users.id AND api_tokens.revoked_at IS NULL))
            ORDER BY users.id
            LIMIT 100
            """)
    }

    /// Whom an admin chose for somebody who is limited.
    static func chosen(for id: ID, _ tx: borrowing Transaction) throws -> [User] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM chosen_people JOIN users ON users.id = chosen_people.person_id
            WHERE chosen_people.user_id = \(id) AND users.deleted_at IS NULL
            ORDER BY users.name_key
            """)
    }

    static func choose(_ people: [ID], for id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM chosen_people WHERE user_id = \(id)")
        try addChosen(people, for: id, tx)
    }

    static func addChosen(_ people: [ID], for id: ID, _ tx: borrowing Transaction) throws {
        for person in people where person != id {
            try tx.execute(
                """
                INSERT INTO chosen_people (user_id, person_id) VALUES (\(id), \(person))
                ON CONFLICT (user_id, person_id) DO NOTHING
                """)
        }
    }
}

extension Channel {
    /// The channels that somebody is in, without conversations.
    static func joined(by user: User.ID, _ tx: borrowing Transaction) throws -> [Channel] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM channels JOIN memberships ON memberships.channel_id = channels.id
            WHERE memberships.user_id = \(user) AND channels.type <> 'dm'
            ORDER BY channels.name_key
            """)
    }
}
