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
            }

            let id: Message.ID
            let content: String
            let html: String
            let createdAt: Timestamp
            let user: UserJSON
            let channel: Place

            enum CodingKeys: String, CodingKey {
                case id, content, html, user, channel
                case createdAt = "created_at"
            }

            init(_ message: MessageJSON) {
                id = message.id
                content = message.content
                html = message.html
                createdAt = message.createdAt
                user = message.user
                channel = Place(id: message.channelID, name: message.channel)
            }
        }

        let users: [MemberJSON]
        let channels: [ChannelHit]
        let messages: [MessageHit]
        let totalResults: Int
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try RequestFields(queryOf: request)
        let kind = try fields.string("type").map { $0.isEmpty ? "all" : $0 } ?? "all"
        guard let kind = Search.Kind(rawValue: kind) else {
            throw ChatError.malformed("type must be all, users, channels or messages")
        }
        let found = try await search.find(try fields.requiredString("q"), kind, as: principal)
        return try JSONBody.response(Self.answer(found, basePath: links.base))
    }

    static func answer(_ found: Search.Result, basePath: String) -> Answer {
        Answer(
            users: found.users.map { MemberJSON($0, at: found.now) },
            channels: found.channels.map(Answer.ChannelHit.init),
            messages: found.messages.map { Answer.MessageHit(MessageJSON($0, basePath: basePath)) },
            totalResults: found.users.count + found.channels.count + found.messages.count)
    }
}
