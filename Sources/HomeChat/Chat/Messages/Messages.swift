import Storage

/// What can be done with messages, for whom and under which rules. Every door of the house comes in here.
package struct Messages: Sendable {
    let database: any Database
    let limits: RateLimits
    let buttons: SecurityButtons
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    package static let maximumPage = 100

    /// Posts, and says so once it is durable. The same nonce again gives the message that is there already.
    package func post(
        _ draft: MessageDraft, in channel: Channel.ID, as principal: Principal
    ) async throws -> MessageView {
        try limits.spend(.message, for: principal)
        return try await database.write { [now] tx in
            let access = try ChannelAccess.require(.post, in: channel, for: principal, tx)
            return try Self.post(draft, in: access, as: principal, at: now(), tx)
        }
    }

    static func post(
        _ draft: MessageDraft, in access: ChannelAccess, as principal: Principal, kind: Message.Kind? = nil,
        at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> MessageView {
        if let earlier = try Message.earlier(draft, by: principal.user, tx) {  // one writer, so nobody posts in between
            guard earlier.channel == access.channel else {
                throw ChatError.conflict("this nonce was used in another channel")
            }
            return try view(of: earlier.id, for: principal, tx)
        }
        try requireOwnLinks(in: draft.text, principal)
        try requireRelations(of: draft, in: access, tx)
        try requireActions(of: draft, principal)
        if let key = draft.key, let card = try Message.card(key, by: access, tx) {
            try Message.replaceCard(card.id, with: draft, by: access, at: now, tx)
            tx.announce(.messageChanged(card.id, in: access.channel))
            return try view(of: card.id, for: principal, tx)
        }
        if !access.isMember { try Channels.join(access, as: principal, at: now, tx) }
        let message = try Message.insert(draft, by: access, kind: kind ?? principal.messageKind, at: now, tx)
        tx.announce(.messagePosted(message.id, in: access.channel))
        try OutgoingNews.posted(message, isLiteral: draft.isLiteral, by: principal, at: now, tx)
        try AIRequest.note(message, draft.mentions, in: access, by: principal, at: now, tx)
        if let root = draft.thread {
            try Message.touch(root, at: now, tx)
            tx.announce(.messageChanged(root, in: access.channel))
        }
        return try view(of: message.id, for: principal, tx)
    }

    package func edit(_ id: Message.ID, to text: String, as principal: Principal) async throws -> MessageView {
        let text = try MessageDraft.text(text, mayBeBlank: true)
        let mentions = MentionNames(in: text)
        let entry = SearchEntry(text)
        return try await change(id, .post, principal) { [audit] message, access, now, tx in
            if text.isEmpty, try File.find(of: [id], tx).isEmpty {
                throw ChatError.invalid("message", "must not be blank")
            }
            guard message.author == principal.user, message.kind != .system else {
                throw ChatError.forbidden("only its author can edit a message")
            }
            guard message.content != text else { return }
            try Self.requireOwnLinks(in: text, principal)
            try Message.edit(message, to: text, entry, mentions, by: access, at: now, tx)
            try audit.record(.messageEdited, of: message, access, by: principal, tx)
            try OutgoingNews.edited(message, to: text, by: principal, at: now, tx)
            tx.announce(.messageChanged(id, in: access.channel))
        }
    }

    /// For its author; in channels, for the owner and admins too.
    package func delete(_ id: Message.ID, as principal: Principal) async throws {
        try await database.write { [audit, now] tx in
            let (message, access) = try Self.find(id, .post, principal, tx)
            guard message.author == principal.user || access.canManage else {
                throw ChatError.forbidden("only its author can delete a message")
            }
            let moment = now()
            try Message.erase([id], at: moment, tx)
            try audit.record(.messageDeleted, of: message, access, by: principal, tx)
            try OutgoingNews.deleted(message, by: principal, at: moment, tx)
            tx.announce(.messageDeleted(id, in: access.channel))
            if let root = message.thread {
                try Message.touch(root, at: moment, tx)
                tx.announce(.messageChanged(root, in: access.channel))
            }
        }
    }

    package func react(_ emoji: String, to id: Message.ID, as principal: Principal) async throws -> MessageView {
        let emoji = try Emoji(emoji)
        return try await change(id, .post, principal) { message, access, now, tx in
            guard try Message.addReaction(emoji, to: id, by: principal.user, at: now, tx) else { return }
            guard try Message.reactionKinds(of: id, tx) <= Self.maximumReactionKinds else {
                throw ChatError.invalid("emoji", "would be one kind too many on this message")
            }
            try Message.touch(id, at: now, tx)
            try OutgoingNews.reacted(emoji, to: message, by: principal, at: now, tx)
            tx.announce(.messageChanged(id, in: access.channel))
        }
    }

    package func unreact(_ emoji: String, from id: Message.ID, as principal: Principal) async throws -> MessageView {
        let emoji = try Emoji(emoji)
        return try await change(id, .post, principal) { message, access, now, tx in
            guard try Message.removeReaction(emoji, from: id, by: principal.user, tx) else { return }
            try Message.touch(id, at: now, tx)
            tx.announce(.messageChanged(id, in: access.channel))
        }
    }

    package func setPinned(_ isPinned: Bool, _ id: Message.ID, as principal: Principal) async throws -> MessageView {
        try await change(id, .post, principal) { message, access, now, tx in
            guard access.isMember else { throw ChatError.forbidden("join the channel first") }
            try Message.setPinned(isPinned ? now : nil, id, at: now, tx)
            tx.announce(.messageChanged(id, in: access.channel))
        }
    }

    private static let maximumReactionKinds = 50

    func change(
        _ id: Message.ID, _ action: ChannelAction, _ principal: Principal,
        _ body: @escaping @Sendable (Message, ChannelAccess, Timestamp, borrowing Transaction) throws -> Void
    ) async throws -> MessageView {
        try await database.write { [now] tx in
            let (message, access) = try Self.find(id, action, principal, tx)
            try body(message, access, now(), tx)
            return try Self.view(of: id, for: principal, tx)
        }
    }

    /// - Throws: `notFound` alike for a message that is not there and one in a channel that may not be seen.
    static func find(
        _ id: Message.ID, _ action: ChannelAction, _ principal: Principal, orErasedRoot: Bool = false,
        _ tx: borrowing Transaction
    ) throws -> (Message, ChannelAccess) {
        try principal.require(action.scope)
        guard let message = try Message.find(id, orErasedRoot: orErasedRoot, tx) else {
            throw ChatError.notFound("message")
        }
        do {
            return (message, try ChannelAccess.require(action, in: message.channel, for: principal, tx))
        } catch ChatError.notFound {
            throw ChatError.notFound("message")
        }
    }

    static func view(
        of id: Message.ID, for principal: Principal, _ tx: borrowing Transaction
    ) throws -> MessageView {
        guard let view = try MessageView.find([id], tx).first else { throw ChatError.notFound("message") }
        return view.seen(by: principal)
    }

    /// A limited account does not send others elsewhere either.
    private static func requireOwnLinks(in text: String, _ principal: Principal) throws {
        guard principal.role == .limited, Markdown.hasOutsideLinks(text) else { return }
        throw ChatError.invalid("message", "must not have links: an admin limited this account")
    }

    private static func requireRelations(
        of draft: MessageDraft, in access: ChannelAccess, _ tx: borrowing Transaction
    ) throws {
        if let id = draft.replyTo {
            guard let message = try Message.find(id, tx), message.channel == access.channel else {
                throw ChatError.invalid("reply_to_id", "is no message of this channel")
            }
        }
        if let id = draft.thread {
            guard let root = try Message.find(id, orErasedRoot: true, tx), root.channel == access.channel,
                root.thread == nil
            else {
                throw ChatError.invalid("thread_id", "is no message of this channel that a thread can start from")
            }
        }
    }
}
