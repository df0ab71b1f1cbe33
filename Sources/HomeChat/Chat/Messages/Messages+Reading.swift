import Storage

extension Messages {
    /// For whoever is about to send what takes its time, before it is sent.
    func requirePostable(in channel: Channel.ID, as principal: Principal) async throws {
        try await database.read { tx in _ = try ChannelAccess.require(.post, in: channel, for: principal, tx) }
    }

    /// The same for a room by name, unless it is one that the message would make.
    func requirePostable(to room: Room, as principal: Principal) async throws {
        try await database.read { tx in
            guard let channel = try Self.existing(room, for: principal, tx) else { return }
            _ = try ChannelAccess.require(.post, in: channel, for: principal, tx)
        }
    }

    /// - Parameter limit: 1 to 100.
    package func page(
        _ range: MessageRange, of channel: Channel.ID, timeline: Bool = false, limit: Int, as principal: Principal
    ) async throws -> MessagePage {
        try await database.read { tx in
            let access = try ChannelAccess.require(.read, in: channel, for: principal, tx)
            return try Message.page(range, of: .channel(access), timeline ? .timeline : .all, limit: limit, tx)
                .seen(by: principal)
        }
    }

    /// Over everything the caller may read.
    package func page(_ range: MessageRange, limit: Int, as principal: Principal) async throws -> MessagePage {
        try principal.require(.messagesRead)
        return try await database.read { tx in
            try Message.page(range, of: .everywhere(principal), .all, limit: limit, tx).seen(by: principal)
        }
    }

    package func find(_ id: Message.ID, as principal: Principal) async throws -> MessageView {
        try await database.read { tx in
            _ = try Self.find(id, .read, principal, tx)
            return try Self.view(of: id, for: principal, tx)
        }
    }

    /// The root first, then its replies in order. A root that was deleted stays as that while it has replies.
    /// - Parameter id: of any of them.
    package func thread(_ id: Message.ID, as principal: Principal) async throws -> [MessageView] {
        try await database.read { tx in
            let (message, _) = try Self.find(id, .read, principal, orErasedRoot: true, tx)
            return try Message.thread(message.thread ?? message.id, tx).map { $0.seen(by: principal) }
        }
    }

    package func pins(of channel: Channel.ID, as principal: Principal) async throws -> [MessageView] {
        try await database.read { tx in
            try Message.pinned(in: ChannelAccess.require(.read, in: channel, for: principal, tx), tx)
                .map { $0.seen(by: principal) }
        }
    }

    /// What the message said before, newest first: for its author, and for admins outside direct messages.
    package func history(of id: Message.ID, as principal: Principal) async throws -> [EarlierText] {
        try await database.read { tx in
            let (message, access) = try Self.find(id, .read, principal, tx)
            guard message.author == principal.user || (principal.isAdmin && access.type != .dm) else {
                throw ChatError.forbidden("only its author and admins can see what a message said before")
            }
            return try Message.earlierTexts(of: id, tx)
        }
    }

    /// What a client that was away has missed.
    package struct Changes: Sendable {
        package let posted: [MessageView]
        package let updated: [MessageView]
        package let deleted: [Message.ID]
        /// false: more than one answer holds; load the channel again.
        package let isComplete: Bool
        package let now: Timestamp
    }

    package func changes(
        in channel: Channel.ID, after last: Message.ID, since moment: Timestamp, as principal: Principal
    ) async throws -> Changes {
        try await database.read { [now] tx in
            let access = try ChannelAccess.require(.read, in: channel, for: principal, tx)
            let page = try Message.page(.after(last), of: .channel(access), .all, limit: Self.maximumPage, tx)
                .seen(by: principal)
            let changed = try Message.changed(since: moment, in: access, limit: 500, tx)
            let alive = changed.filter { $0.deletedAt == nil && $0.id <= last }
            return Changes(
                posted: page.messages,
                updated: try MessageView.find(alive.map(\.id), tx).map { $0.seen(by: principal) },
                deleted: changed.filter { $0.deletedAt != nil }.map(\.id),
                isComplete: !page.hasMoreAfter && changed.count < 500 && moment > now() - Message.tombstoneAge,
                now: now())
        }
    }
}
