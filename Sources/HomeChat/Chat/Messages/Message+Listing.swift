import Storage

extension Message {
    /// What of a channel is listed: a script reads all, the page's timeline leaves the insides of threads to their panel.
    enum View: Sendable {
        case all, timeline

        var condition: SQL {
            switch self {
            case .all: "messages.deleted_at IS NULL"
            case .timeline: "messages.thread_id IS NULL AND \(Message.isThereOrRoot)"
            }
        }
    }

    /// Where a list takes its messages from.
    enum Source: Sendable {
        case channel(ChannelAccess)
        /// Everything somebody may read.
        case everywhere(Principal)

        var condition: SQL {
            switch self {
            case .channel(let access): "messages.channel_id = \(access.channel)"
            case .everywhere(let principal):
                """
                EXISTS (SELECT 1 FROM channels
                    WHERE channels.id = messages.channel_id AND \(ChannelAccess.isReadable(by: principal)))
                """
            }
        }
    }

    static func page(
        _ range: MessageRange, of source: Source, _ view: View, limit: Int, _ tx: borrowing Transaction
    ) throws -> MessagePage {
        switch range {
        case .newest:
            return try backward("", source, view, limit, tx)
        case .before(let id):
            let page = try backward("AND messages.id < \(id)", source, view, limit, tx)
            return MessagePage(messages: page.messages, hasMoreBefore: page.hasMoreBefore, hasMoreAfter: true)
        case .after(let id):
            return try forward(id, source, view, limit, tx)
        case .around(let id):
            let older = try backward("AND messages.id <= \(id)", source, view, limit / 2 + 1, tx)
            let newer = try forward(id, source, view, limit / 2, tx)
            return MessagePage(
                messages: older.messages + newer.messages, hasMoreBefore: older.hasMoreBefore,
                hasMoreAfter: newer.hasMoreAfter)
        }
    }

    private static func backward(
        _ older: SQL, _ source: Source, _ view: View, _ limit: Int, _ tx: borrowing Transaction
    ) throws -> MessagePage {
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT messages.id FROM messages
            WHERE \(source.condition) \(older) AND \(view.condition)
            ORDER BY messages.id DESC
            LIMIT \(limit + 1)
            """)
        let views = try MessageView.find(ids.prefix(limit).map(ID.init), orErasedRoots: true, tx)
        return MessagePage(messages: views, hasMoreBefore: ids.count > limit, hasMoreAfter: false)
    }

    private static func forward(
        _ id: ID, _ source: Source, _ view: View, _ limit: Int, _ tx: borrowing Transaction
    ) throws -> MessagePage {
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT messages.id FROM messages
            WHERE \(source.condition) AND messages.id > \(id) AND \(view.condition)
            ORDER BY messages.id
            LIMIT \(limit + 1)
            """)
        let views = try MessageView.find(ids.prefix(limit).map(ID.init), orErasedRoots: true, tx)
        return MessagePage(messages: views, hasMoreBefore: true, hasMoreAfter: ids.count > limit)
    }

    static func thread(_ root: ID, _ tx: borrowing Transaction) throws -> [MessageView] {
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT id FROM messages
            WHERE thread_id = \(root) AND deleted_at IS NULL
            ORDER BY id DESC
            LIMIT 500
            """)
        return try MessageView.find([root] + ids.map(ID.init), orErasedRoots: true, tx)
    }

    static func pinned(in access: ChannelAccess, _ tx: borrowing Transaction) throws -> [MessageView] {
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT id FROM messages
            WHERE channel_id = \(access.channel) AND pinned_at IS NOT NULL AND deleted_at IS NULL
            ORDER BY pinned_at DESC
            LIMIT 100
            """)
        return try MessageView.find(ids.map(ID.init), tx)
    }

    /// What was edited, reacted to, pinned or deleted since a moment.
    static func changed(
        since moment: Timestamp, in access: ChannelAccess, limit: Int, _ tx: borrowing Transaction
    ) throws -> [Message] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM messages
            WHERE channel_id = \(access.channel) AND updated_at >= \(moment) AND updated_at > created_at
            ORDER BY updated_at
            LIMIT \(limit)
            """)
    }
}
