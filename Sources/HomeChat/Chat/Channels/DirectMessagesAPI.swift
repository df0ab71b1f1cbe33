import Hummingbird

/// `/api/v1/direct_messages` and the other ways to write to a person.
struct DirectMessagesAPI: Sendable {
    let directMessages: DirectMessages
    let messages: Messages
    let uploads: Uploads
    let now: @Sendable () -> Timestamp
    let links: Links

    /// A conversation, with the first of the others as `user`.
    struct ConversationJSON: Encodable {
        let channel: ChannelJSON

        enum CodingKeys: String, CodingKey {
            case user
        }

        func encode(to encoder: any Encoder) throws {
            try channel.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try channel.summary.others.first.map { MemberJSON($0, at: channel.now) }.encode(as: .user, in: &container)
        }
    }

    struct SentAnswer: Encodable {
        struct Detail: Encodable {
            let id: Message.ID
            let channelID: Channel.ID

            enum CodingKeys: String, CodingKey {
                case id
                case channelID = "channel_id"
            }
        }

        let success = true
        let message = "message sent"
        let data: Detail
    }

    struct StartedAnswer: Encodable {
        struct Started: Encodable {
            let id: Channel.ID
            let name: String
            let type: String
            let members: [String]
        }

        struct Detail: Encodable {
            let channel: Started
        }

        let success = true
        let message = "conversation opened"
        let data: Detail
    }

    struct HistoryAnswer: Encodable {
        let channel: ChannelJSON
        let messages: [MessageJSON]
        let hasMore: Bool
        let oldestID: Message.ID?

        enum CodingKeys: String, CodingKey {
            case channel, messages
            case hasMore = "has_more"
            case oldestID = "oldest_id"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(channel, forKey: .channel)
            try container.encode(messages, forKey: .messages)
            try container.encode(hasMore, forKey: .hasMore)
            try oldestID.encode(as: .oldestID, in: &container)
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try JSONBody.response(["conversations": try await conversations(context)])
    }

    @Sendable func channels(_ request: Request, _ context: AppContext) async throws -> Response {
        try JSONBody.response(["channels": try await conversations(context)])
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        // It makes the conversation where there is none, which no link elsewhere may do with somebody's cookie.
        guard context.sessionSecret == nil || !request.isFromElsewhere else {
            throw ChatError.forbidden("this request did not come from HomeChat's own page")
        }
        let fields = try RequestFields(queryOf: request)
        let summary = try await directMessages.open(with: [try context.id("user_id", of: "user")], as: principal)
        let range = try MessagesAPI.range(fields)
        let page = try await messages.page(range, of: summary.channel.id, limit: try fields.limit(), as: principal)
        return try JSONBody.response(
            HistoryAnswer(
                channel: ChannelJSON(summary, at: now()),
                messages: page.messages.reversed().map { MessageJSON($0, basePath: links.base) },
                hasMore: page.hasMore(beyond: range),
                oldestID: page.messages.first?.message.id))
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let name = context.parameters.get("user_id") == nil ? "id" : "user_id"
        let user: User.ID = try context.id(name, of: "user")
        let view = try await uploads.posting(
            request, context, before: { try await directMessages.requirePossible(with: user, as: principal) }
        ) { fields, files in
            let draft = try MessagesAPI.draft(fields, files)
            let channel = try await directMessages.open(with: [user], as: principal).channel.id
            return try await messages.post(draft, in: channel, as: principal)
        }
        return try JSONBody.response(SentAnswer(data: .init(id: view.message.id, channelID: view.message.channel)))
    }

    @Sendable func start(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let name = try await RequestFields(of: request, context).requiredString("username")
        let summary = try await directMessages.open(withNames: [name], as: principal)
        let members = summary.others.map(\.username) + [principal.username]
        let started = StartedAnswer.Started(
            id: summary.channel.id, name: summary.channel.name, type: summary.channel.kind.rawValue,
            members: members.sorted())
        return try JSONBody.response(StartedAnswer(data: .init(channel: started)))
    }

    private func conversations(_ context: AppContext) async throws -> [ConversationJSON] {
        let summaries = try await directMessages.conversations(as: try context.requirePrincipal())
        return summaries.map { ConversationJSON(channel: ChannelJSON($0, at: now())) }
    }
}
