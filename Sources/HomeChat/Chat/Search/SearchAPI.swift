import Hummingbird

/// `GET /api/v1/search`.
struct SearchAPI: Sendable {
    let search: Search
    let links: Links

    struct Answer: Encodable {
        struct ChannelHit: Encodable {
            let id: Channel.ID
            let name: String
            let type: String
            let description: String?
            let members: Int64
            let isMember: Bool
            let onlineMembers: Int64

            enum CodingKeys: String, CodingKey {
                case id, name, type, description, members
                case isMember = "is_member"
                case onlineMembers = "online_members"
            }

            init(_ summary: ChannelSummary) {
                id = summary.channel.id
                name = summary.channel.name
                type = summary.channel.kind.rawValue
                description = summary.channel.description.isEmpty ? nil : summary.channel.description
                members = summary.memberCount
                isMember = summary.isMember
                onlineMembers = summary.onlineCount
            }
        }

        struct MessageHit: Encodable {
            struct Place: Encodable {
                let id: Channel.ID
                let name: String
                /// For a conversation, who else is in it.
                let title: String
            }

            let id: Message.ID
            let content: String
            let html: String
            let createdAt: Timestamp
            let user: UserJSON
            let channel: Place
            let files: [FileJSON]
            let snippet: [Snippet.Piece]

            enum CodingKeys: String, CodingKey {
                case id, content, html, user, channel, files, snippet
                case createdAt = "created_at"
            }

            init(_ hit: Search.MessageHit, basePath: String) {
                let message = MessageJSON(hit.view, basePath: basePath)
                id = message.id
                content = message.content
                html = message.html
                createdAt = message.createdAt
                user = message.user
                channel = Place(id: message.channelID, name: message.channel, title: hit.place)
                files = message.files
                snippet = hit.snippet.pieces
            }
        }

        let users: [MemberJSON]
        let channels: [ChannelHit]
        let messages: [MessageHit]
        let totalResults: Int
        /// null: there is no more.
        let next: String?

        enum CodingKeys: String, CodingKey { case users, channels, messages, totalResults, next }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let request = try SearchRequest(try RequestFields(queryOf: request))
        let found = try await search.find(request, as: principal)
        return try JSONBody.response(Self.answer(found, basePath: links.base))
    }

    static func answer(_ found: Search.Result, basePath: String) -> Answer {
        Answer(
            users: found.users.map { MemberJSON($0, at: found.now) },
            channels: found.channels.map(Answer.ChannelHit.init),
            messages: found.hits.map { Answer.MessageHit($0, basePath: basePath) },
            totalResults: found.users.count + found.channels.count + found.hits.count, next: found.next?.text)
    }
}

extension SearchAPI.Answer {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(users, forKey: .users)
        try container.encode(channels, forKey: .channels)
        try container.encode(messages, forKey: .messages)
        try container.encode(totalResults, forKey: .totalResults)
        try next.encode(as: .next, in: &container)
    }
}
