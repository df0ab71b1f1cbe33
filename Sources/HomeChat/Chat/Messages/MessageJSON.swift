import Storage

/// A message on the wire, for the API, the cable and the page alike.
struct MessageJSON: Encodable, Sendable {
    let id: Message.ID
    let content: String
    let html: String
    let createdAt: Timestamp
    let editedAt: Timestamp?
    let user: UserJSON
    let channelID: Channel.ID
    let channel: String
    let messageType: String
    let label: String?
    let files: [FileJSON]
    let previews: [PreviewJSON]
    let nonce: String?
    let replyTo: QuoteJSON?
    let threadID: Message.ID?
    let thread: ThreadJSON?
    let reactions: [ReactionJSON]
    let pinnedAt: Timestamp?
    let mentions: [User.ID]
    let mentionsEveryone: Bool
    let key: String?
    let actions: [ActionJSON]
    /// Only for the root of a thread, of which nothing else is left.
    let deleted: Bool

    enum CodingKeys: String, CodingKey {
        case id, content, html, user, channel, label, files, previews, nonce, thread, reactions, mentions, key, actions,
            deleted
        case createdAt = "created_at"
        case editedAt = "edited_at"
        case channelID = "channel_id"
        case messageType = "message_type"
        case replyTo = "reply_to"
        case threadID = "thread_id"
        case pinnedAt = "pinned_at"
        case mentionsEveryone = "mentions_everyone"
    }

    init(_ view: MessageView, basePath: String) {
        id = view.message.id
        content = view.message.content
        html = view.html(basePath: basePath)
        createdAt = view.message.createdAt
        editedAt = view.editedAt
        user = UserJSON(view.author)
        channelID = view.message.channel
        channel = view.channelName
        messageType = view.message.kind.rawValue
        label = view.label
        files = view.files.map { FileJSON($0, basePath: basePath) }
        previews = view.linksOut ? view.previews.map { PreviewJSON($0, of: view.message.id, basePath: basePath) } : []
        nonce = view.nonce
        replyTo = view.replyTo.map(QuoteJSON.init)
        threadID = view.message.thread
        thread = view.thread.map(ThreadJSON.init)
        reactions = view.reactions.map(ReactionJSON.init)
        pinnedAt = view.pinnedAt
        mentions = view.mentions.map(\.id)
        mentionsEveryone = view.mentionsEveryone
        key = view.key
        actions = view.actions.map(ActionJSON.init)
        deleted = view.isErased
    }

    struct QuoteJSON: Encodable, Sendable {
        let id: Message.ID
        let user: PersonJSON
        let excerpt: String
        let deleted: Bool

        init(_ quote: MessageView.Quote) {
            id = quote.id
            user = PersonJSON(id: quote.author, username: quote.username, displayName: quote.displayName)
            excerpt = quote.isDeleted ? "" : quote.excerpt
            deleted = quote.isDeleted
        }
    }

    struct ThreadJSON: Encodable, Sendable {
        let replyCount: Int64
        let lastReplyAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case replyCount = "reply_count"
            case lastReplyAt = "last_reply_at"
        }

        init(_ thread: MessageView.Thread) {
            replyCount = thread.replyCount
            lastReplyAt = thread.lastReplyAt
        }
    }

    struct ActionJSON: Encodable, Sendable {
        let id: String
        let label: String
        let style: String
        let confirm: Bool
        let pressed: Bool
        let pressedAt: Timestamp?
        let pressedBy: PersonJSON?

        enum CodingKeys: String, CodingKey {
            case id, label, style, confirm, pressed
            case pressedAt = "pressed_at"
            case pressedBy = "pressed_by"
        }

        init(_ action: MessageAction) {
            id = action.id
            label = action.label
            style = action.style.rawValue
            confirm = action.needsProof
            pressed = action.pressedAt != nil
            pressedAt = action.pressedAt
            pressedBy = action.pressedBy.map {
                PersonJSON(id: $0.id, username: $0.username, displayName: $0.displayName)
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(id, forKey: .id)
            try container.encode(label, forKey: .label)
            try container.encode(style, forKey: .style)
            try container.encode(confirm, forKey: .confirm)
            try container.encode(pressed, forKey: .pressed)
            try pressedAt.encode(as: .pressedAt, in: &container)
            try pressedBy.encode(as: .pressedBy, in: &container)
        }
    }

    struct ReactionJSON: Encodable, Sendable {
        let emoji: String
        let count: Int
        let users: [PersonJSON]

        init(_ reaction: MessageView.Reaction) {
            emoji = reaction.emoji
            count = reaction.people.count
            users = reaction.people.map { PersonJSON(id: $0.id, username: $0.username, displayName: $0.displayName) }
        }
    }
}

struct PersonJSON: Encodable, Sendable {
    let id: User.ID
    let username: String
    let displayName: String

    enum CodingKeys: String, CodingKey {
        case id, username
        case displayName = "display_name"
    }
}

extension Optional where Wrapped: Encodable {
    /// Absent things are `null` on the wire, not missing: clients read them by name.
    func encode<Key: CodingKey>(as key: Key, in container: inout KeyedEncodingContainer<Key>) throws {
        if let self { try container.encode(self, forKey: key) } else { try container.encodeNil(forKey: key) }
    }
}

extension MessageJSON {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(content, forKey: .content)
        try container.encode(html, forKey: .html)
        try container.encode(createdAt, forKey: .createdAt)
        try editedAt.encode(as: .editedAt, in: &container)
        try container.encode(user, forKey: .user)
        try container.encode(channelID, forKey: .channelID)
        try container.encode(channel, forKey: .channel)
        try container.encode(messageType, forKey: .messageType)
        try label.encode(as: .label, in: &container)
        try container.encode(files, forKey: .files)
        try container.encode(previews, forKey: .previews)
        try nonce.encode(as: .nonce, in: &container)
        try replyTo.encode(as: .replyTo, in: &container)
        try threadID.encode(as: .threadID, in: &container)
        try thread.encode(as: .thread, in: &container)
        try container.encode(reactions, forKey: .reactions)
        try pinnedAt.encode(as: .pinnedAt, in: &container)
        try container.encode(mentions, forKey: .mentions)
        try container.encode(mentionsEveryone, forKey: .mentionsEveryone)
        try key.encode(as: .key, in: &container)
        try container.encode(actions, forKey: .actions)
        try container.encode(deleted, forKey: .deleted)
    }
}
