import Storage

extension AIRequest: RowDecodable {
    private static let columns: SQL = """
        ai_requests.id, ai_requests.bot_id, ai_requests.message_id, ai_requests.asker_id, ai_requests.answer_id,
        ai_requests.state, ai_requests.attempts, ai_requests.calls, ai_requests.decided_by, ai_requests.created_at,
        ai_requests.changed_at
        """
    private static let isOpen: SQL = "ai_requests.state NOT IN ('done', 'failed', 'limited', 'dropped')"

    init(row: Row) throws {
        id = try row["id"]
        bot = try row["bot_id"]
        question = try row["message_id"]
        asker = try row["asker_id"]
        answer = try row["answer_id"]
        state = try State(rawValue: row["state"]) ?? .dropped
        attempts = try row["attempts"]
        calls = try row["calls"]
        decidedBy = try row["decided_by"]
        createdAt = try row["created_at"]
        changedAt = try row["changed_at"]
    }
}

extension AIRequest {
    /// The AI bots, three at most, that a message is for: those it names, and the one it is written to alone.
    static func addressed(
        by message: Message.ID, in access: ChannelAccess, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> [Bot] {
        let isAlone: SQL =
            access.type == .dm
            ? "(SELECT COUNT(*) FROM memberships WHERE memberships.channel_id = \(access.channel)) = 2" : "FALSE"
        return try tx.fetchAll(
            """
            SELECT \(Bot.columns)
            FROM bots JOIN users ON users.id = bots.user_id
                JOIN memberships ON memberships.user_id = users.id AND memberships.channel_id = \(access.channel)
            WHERE users.bot_type = 'ai' AND \(Bot.isUsable(at: now))
                AND (\(isAlone) OR EXISTS (SELECT 1 FROM message_mentions
                    WHERE message_mentions.message_id = \(message) AND message_mentions.user_id = users.id))
            ORDER BY bots.id
            LIMIT 3
            """)
    }

    static func count(
        _ bot: Bot.ID, by asker: User.ID?, since moment: Timestamp, _ tx: borrowing Transaction
    ) throws -> Int {
        let byWhom: SQL = asker.map { "AND asker_id = \($0)" } ?? ""
        let count: Int64 = try tx.fetchRequired(
            """
            SELECT COUNT(*) FROM ai_requests
            WHERE bot_id = \(bot) AND created_at > \(moment) AND state <> 'limited' \(byWhom)
            """)
        return Int(count)
    }

    static func wasLimited(
        _ asker: User.ID, by bot: Bot.ID, since moment: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            """
            SELECT id FROM ai_requests
            WHERE bot_id = \(bot) AND asker_id = \(asker) AND state = 'limited' AND created_at > \(moment) LIMIT 1
            """)
        return found != nil
    }

    static func insert(
        _ bot: Bot.ID, _ message: Message.ID, by asker: User.ID, _ state: State, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws -> ID {
        let id: Int64 = try tx.fetchRequired(
            """
            INSERT INTO ai_requests (bot_id, message_id, asker_id, state, created_at, changed_at)
            VALUES (\(bot), \(message), \(asker), \(state.rawValue), \(now), \(now))
            RETURNING id
            """)
        return ID(id)
    }

    static func find(_ id: ID, _ tx: borrowing Transaction) throws -> AIRequest? {
        try tx.fetchOne("SELECT \(columns) FROM ai_requests WHERE id = \(id)")
    }

    /// The first of a question; there is one for each bot that it is for.
    static func about(_ question: Message.ID, _ tx: borrowing Transaction) throws -> AIRequest? {
        try tx.fetchOne("SELECT \(columns) FROM ai_requests WHERE message_id = \(question) ORDER BY id LIMIT 1")
    }

    static func hasOpen(_ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne("SELECT ai_requests.id FROM ai_requests WHERE \(isOpen) LIMIT 1")
        return found != nil
    }

    static func setAnswer(_ message: Message.ID, of id: ID, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE ai_requests SET answer_id = \(message) WHERE id = \(id)")
    }

    static func setState(_ state: State, of id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            UPDATE ai_requests SET state = \(state.rawValue), leased_by = NULL, leased_until = NULL, changed_at = \(now)
            WHERE id = \(id)
            """)
    }

    static func ask(_ calls: String, of id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try setState(.asking, of: id, at: now, tx)
        try tx.execute("UPDATE ai_requests SET calls = \(calls) WHERE id = \(id)")
    }

    static func approve(_ id: ID, by user: User.ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try setState(.approved, of: id, at: now, tx)
        try tx.execute("UPDATE ai_requests SET decided_by = \(user) WHERE id = \(id)")
    }

    // Who works on what

    /// What waits, oldest first, and what somebody approved; from now on it is this node's.
    static func claim(
        atMost limit: Int, by node: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> [AIRequest] {
        let found: [AIRequest] = try tx.fetchAll(
            """
            SELECT \(columns) FROM ai_requests WHERE state IN ('waiting', 'approved') ORDER BY id LIMIT \(limit)
            """)
        for request in found {
            let next: State = request.state == .approved ? .doing : .working
            try tx.execute(
                """
                UPDATE ai_requests
                SET state = \(next.rawValue), attempts = attempts + 1, leased_by = \(node),
                    leased_until = \(now + lease), changed_at = \(now)
                WHERE id = \(request.id)
                """)
        }
        return try found.compactMap { try find($0.id, tx) }
    }

    static func isHeld(_ id: ID, by node: String, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            "SELECT id FROM ai_requests WHERE id = \(id) AND leased_by = \(node) AND state IN ('working', 'doing')")
        return found != nil
    }

    static func renew(_ ids: [ID], by node: String, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute(
            "UPDATE ai_requests SET leased_until = \(now + lease) WHERE leased_by = \(node) AND id IN (\(list: ids))")
    }

    /// What nobody works on any more, though somebody had begun.
    /// - Parameter all: also what another process holds; there is only this one.
    static func abandoned(
        all: Bool, except mine: [ID], at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> [AIRequest] {
        let isOver: SQL = all ? "TRUE" : "leased_until < \(now)"
        return try tx.fetchAll(
            """
            SELECT \(columns) FROM ai_requests
            WHERE state IN ('working', 'doing') AND \(isOver) AND NOT id IN (\(list: mine.isEmpty ? [ID(0)] : mine))
            ORDER BY id LIMIT 100
            """)
    }

    /// Whose buttons nobody pressed.
    static func undecided(since moment: Timestamp, _ tx: borrowing Transaction) throws -> [AIRequest] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM ai_requests WHERE state = 'asking' AND changed_at <= \(moment) ORDER BY id LIMIT 100
            """)
    }

    static func retry(_ id: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try setState(.waiting, of: id, at: now, tx)
    }

    /// Our own excuses among these messages, which tell a model nothing.
    static func excuses(among messages: [Message.ID], _ tx: borrowing Transaction) throws -> Set<Message.ID> {
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT answer_id FROM ai_requests
            WHERE answer_id IN (\(list: messages)) AND state IN ('failed', 'limited')
            """)
        return Set(ids.map(Message.ID.init))
    }

    static func removeOld(before moment: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM ai_requests WHERE created_at < \(moment) AND NOT (\(isOpen))")
    }
}
