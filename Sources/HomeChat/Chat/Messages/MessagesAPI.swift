import Hummingbird

/// `/api/v1/messages` and what hangs on it.
struct MessagesAPI: Sendable {
    let messages: Messages
    let commands: Commands
    let directMessages: DirectMessages
    let uploads: Uploads
    let links: Links

    struct ListAnswer: Encodable {
        let messages: [MessageJSON]
        let hasMore: Bool
        let oldestID: Message.ID?

        enum CodingKeys: String, CodingKey {
            case messages
            case hasMore = "has_more"
            case oldestID = "oldest_id"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(messages, forKey: .messages)
            try container.encode(hasMore, forKey: .hasMore)
            try oldestID.encode(as: .oldestID, in: &container)
        }
    }

    struct PostAnswer: Encodable {
        let success = true
        let message: MessageJSON
        let data: Earlier

        /// The shape that the first implementation gave.
        struct Earlier: Encodable {
            struct Item: Encodable {
                let id: Message.ID
                let content: String
                let user: String
                let channel: String
                let createdAt: Timestamp

                enum CodingKeys: String, CodingKey {
                    case id, content, user, channel
                    case createdAt = "created_at"
                }
            }

            let message: Item
        }

        init(_ message: MessageJSON) {
            self.message = message
            data = Earlier(
                message: .init(
                    id: message.id, content: message.content, user: message.user.username, channel: message.channel,
                    createdAt: message.createdAt))
        }
    }

    struct MessageAnswer: Encodable {
        let success = true
        let message: MessageJSON
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try RequestFields(queryOf: request)
        if let id: Channel.ID = try fields.id("channel_id") { return try await list(id, fields, principal) }
        if let name = try fields.string("channel", "room", "room_id"), !name.isEmpty {
            return try await list(try await messages.channel(named: name, as: principal), fields, principal)
        }
        let range = try Self.range(fields)
        return try answer(try await messages.page(range, limit: try fields.limit(), as: principal), range)
    }

    @Sendable func channelIndex(_ request: Request, _ context: AppContext) async throws -> Response {
        let id: Channel.ID = try context.id(of: "channel")
        return try await list(id, try RequestFields(queryOf: request), try context.requirePrincipal())
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let address = try RequestFields(queryOf: request)
        let isForm = Upload.isForm(request)  // else all is there, and looked at once
        let view = try await uploads.posting(
            request, context, admit: { if isForm { try await requirePostable(address.with($0), principal) } },
            before: { try await requirePostable(address, principal) }
        ) { fields, files in
            try await messages.post(try Self.draft(fields, files), to: try Self.room(fields), as: principal)
        }
        return try JSONBody.response(PostAnswer(json(view)))
    }

    @Sendable func channelCreate(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: Channel.ID = try context.id(of: "channel")
        let said = try await uploads.posting(
            request, context, before: { try await messages.requirePostable(in: id, as: principal) }
        ) { fields, files in
            try await commands.say(try Self.draft(fields, files), in: id, as: principal)
        }
        switch said {
        case .message(let view): return try JSONBody.response(MessageAnswer(message: json(view)))
        case .notice(let words): return try JSONBody.response(CommandsAPI.NoticeAnswer(notice: words))
        }
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let view = try await messages.find(try context.id(of: "message"), as: try context.requirePrincipal())
        return try JSONBody.response(MessageAnswer(message: json(view)))
    }

    @Sendable func update(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let text = try await RequestFields(of: request, context).requiredString("message", or: "content", "text")
        let view = try await messages.edit(try context.id(of: "message"), to: text, as: principal)
        return try JSONBody.response(MessageAnswer(message: json(view)))
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        try await messages.delete(try context.id(of: "message"), as: try context.requirePrincipal())
        return try JSONBody.response(Done("message deleted"))
    }

    @Sendable func react(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let emoji = try await RequestFields(of: request, context).requiredString("emoji")
        let view = try await messages.react(emoji, to: try context.id(of: "message"), as: principal)
        return try JSONBody.response(MessageAnswer(message: json(view)))
    }

    @Sendable func unreact(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let emoji = try await RequestFields(of: request, context).requiredString("emoji")
        let view = try await messages.unreact(emoji, from: try context.id(of: "message"), as: principal)
        return try JSONBody.response(MessageAnswer(message: json(view)))
    }

    @Sendable func press(_ request: Request, _ context: AppContext) async throws -> Response {
        let view = try await messages.press(
            try context.parameters.require("action_id"), on: try context.id(of: "message"),
            as: try context.requirePrincipal())
        return try JSONBody.response(MessageAnswer(message: json(view)))
    }

    @Sendable func thread(_ request: Request, _ context: AppContext) async throws -> Response {
        let views = try await messages.thread(try context.id(of: "message"), as: try context.requirePrincipal())
        return try JSONBody.response(
            ListAnswer(messages: views.map(json), hasMore: false, oldestID: views.first?.message.id))
    }

    func json(_ view: MessageView) -> MessageJSON { MessageJSON(view, basePath: links.base) }

    private func list(_ id: Channel.ID, _ fields: RequestFields, _ principal: Principal) async throws -> Response {
        let range = try Self.range(fields)
        return try answer(try await messages.page(range, of: id, limit: try fields.limit(), as: principal), range)
    }

    /// Newest first, whichever way was asked.
    private func answer(_ page: MessagePage, _ range: MessageRange) throws -> Response {
        try JSONBody.response(
            ListAnswer(
                messages: page.messages.reversed().map(json), hasMore: page.hasMore(beyond: range),
                oldestID: page.messages.first?.message.id))
    }

    static func range(_ fields: RequestFields) throws -> MessageRange {
        let before: Message.ID? = try fields.id("before")
        // "After 0" is how a client that has nothing yet asks.
        let after: Message.ID? = try fields.string("after") == "0" ? .init(0) : try fields.id("after")
        let around: Message.ID? = try fields.id("around")
        if let before { return .before(before) }
        if let after { return .after(after) }
        return around.map { .around($0) } ?? .newest
    }

    /// - Parameter files: with them there may be no text.
    static func draft(_ fields: RequestFields, _ files: [File.ID] = []) throws -> MessageDraft {
        let text =
            try files.isEmpty
            ? fields.requiredString("message", or: "content", "text")
            : fields.string("message", "content", "text") ?? ""
        let label = try fields.string("sender")
        return try MessageDraft(
            text: titled(text, try fields.string("title")), nonce: try fields.string("nonce"),
            replyTo: try fields.id("reply_to_id"), thread: try fields.id("thread_id"),
            label: label == "Home Assistant" ? nil : label,
            key: try fields.string("key"), actions: try [NewAction](fields["actions"]), files: files)
    }

    /// A title is a first line in bold, unless the text says it already: Home Assistant sends it twice.
    static func titled(_ text: String, _ title: String?) throws -> String {
        let title = try line(title ?? "", "title", atMost: 200)
        guard !title.isEmpty else { return text }
        let bold = "**\(title)**"
        let firstLines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(2)
        return firstLines.contains { $0.contains(bold) } ? text : "\(bold)\n\(text)"
    }

    private func requirePostable(_ fields: RequestFields, _ principal: Principal) async throws {
        try await messages.requirePostable(to: try Self.room(fields), as: principal)
    }

    private static func room(_ fields: RequestFields) throws -> Room {
        // Never the author: whoever holds a token speaks for its owner alone.
        let person = try fields.string("user_id").flatMap { $0.isEmpty ? nil : $0 }
        let id: Channel.ID? = try fields.id("channel_id")
        if let name = try fields.string("room_id", "room", "channel", "channel_name"), !name.isEmpty {
            return Room(.named(name), addressing: person)
        }
        if let id { return Room(.channel(id), addressing: person) }
        return Room(person.map { .person($0) } ?? .usual)
    }
}

extension MessagePage {
    /// Whether there is more in the direction that was asked for.
    func hasMore(beyond range: MessageRange) -> Bool {
        if case .after = range { hasMoreAfter } else { hasMoreBefore }
    }
}

/// The answer to something that was done and needs no more words.
struct Done: Encodable {
    struct Detail: Encodable {
        let message: String
    }

    let success = true
    let message: String
    let data: Detail

    init(_ message: String) {
        self.message = message
        data = Detail(message: message)
    }
}
