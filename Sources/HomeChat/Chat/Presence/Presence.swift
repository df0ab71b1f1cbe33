import Storage

/// Who is there. Kept as two times in the person's row, so that every node and a restarted server agree: `online_until` runs
/// ahead of the clock while a connection is open, `last_seen_at` follows what the person does.
package struct Presence: Sendable {
    let database: any Database
    let board: PresenceBoard
    let limits: RateLimits
    let now: @Sendable () -> Timestamp

    /// How far ahead an open connection pushes `online_until`; written again well before it ends.
    static let horizon = Duration.minutes(5)
    static let refreshPeriod = Duration.minutes(1)

    /// The first connection of a person came.
    func arrived(_ user: User.ID) async throws {
        try await note(user, isNews: true)
    }

    /// Something the person did: a key, a look, a request.
    package func heartbeat(as principal: Principal) async throws {
        let user = try await database.read { tx in try User.find(principal.user, tx) }
        try await note(principal.user, isNews: user?.presence(at: now()) != .online)
    }

    /// The last connection to this node went. A node that still has one says so again at once.
    func departed(_ user: User.ID) async throws {
        try await database.write { [now] tx in
            try tx.execute("UPDATE users SET online_until = \(now()) WHERE id = \(user)")
            tx.announce(.presence(user))
        }
    }

    /// Once a minute: whoever is connected stays online, in one write.
    func refresh() async throws {
        let people = board.people
        guard !people.isEmpty else { return }
        try await database.write { [now] tx in
            let moment = now()
            // Those who turn "away" in this minute are news.
            let leftAlone: [Int64] = try tx.fetchAll(
                """
                SELECT id FROM users
                WHERE id IN (\(list: people)) AND last_seen_at <= \(moment - User.activePeriod)
                    AND last_seen_at > \(moment - User.activePeriod - Self.refreshPeriod)
                """)
            try tx.execute("UPDATE users SET online_until = \(moment + Self.horizon) WHERE id IN (\(list: people))")
            for id in leftAlone { tx.announce(.presence(.init(id))) }
        }
    }

    /// Another node saw somebody go who is still here.
    func reassert(_ user: User.ID) async throws {
        guard board.contains(user) else { return }
        try await database.write { [now] tx in
            let moment = now()
            let changed = try tx.execute(
                "UPDATE users SET online_until = \(moment + Self.horizon) WHERE id = \(user) AND online_until <= \(moment)"
            )
            if changed > 0 { tx.announce(.presence(user)) }
        }
    }

    package func setTyping(_ isTyping: Bool, in channel: Channel.ID, as principal: Principal) async throws {
        try limits.spend(.typing, for: principal)
        _ = try await database.read { tx in try ChannelAccess.require(.post, in: channel, for: principal, tx) }
        try await database.announce(Event.typing(principal.user, in: channel, isTyping: isTyping).notice)
    }

    private func note(_ user: User.ID, isNews: Bool) async throws {
        try await database.write { [now] tx in
            let moment = now()
            try tx.execute(
                "UPDATE users SET last_seen_at = \(moment), online_until = \(moment + Self.horizon) WHERE id = \(user)")
            if isNews { tx.announce(.presence(user)) }
        }
    }
}
