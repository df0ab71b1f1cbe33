import Hummingbird

/// `/api/v1/channels` and who is in them.
struct ChannelsAPI: Sendable {
    let channels: Channels
    let reading: Reading
    let now: @Sendable () -> Timestamp

    struct ListAnswer: Encodable {
        let channels: [ChannelJSON]
    }

    struct MembersAnswer: Encodable {
        let members: [MemberJSON]
    }

    /// The channel's fields at top level and once more under `channel`.
    struct ChannelAnswer: Encodable {
        let success = true
        let channel: ChannelJSON

        enum CodingKeys: String, CodingKey {
            case success, channel
        }

        func encode(to encoder: any Encoder) throws {
            try channel.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(success, forKey: .success)
            try container.encode(channel, forKey: .channel)
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let summaries = try await channels.list(as: try context.requirePrincipal())
        return try JSONBody.response(ListAnswer(channels: summaries.map { ChannelJSON($0, at: now()) }))
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        try await answer(try context.id(of: "channel"), try context.requirePrincipal())
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try await RequestFields(of: request, context)
        let type = try fields.channelType("type")
        let kind = try fields.channelType("channel_type") ?? type
        let draft = try ChannelDraft(
            name: try fields.requiredString("name"), description: try fields.string("description") ?? "",
            isPrivate: try fields.boolean("private") ?? (kind == "private"))
        let channel = try await channels.create(draft, as: principal)
        return try await answer(channel.id, principal, status: .created)
    }

    @Sendable func update(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: Channel.ID = try context.id(of: "channel")
        let fields = try await RequestFields(of: request, context)
        let change = try ChannelChange(
            name: try fields.string("name"), description: try fields.string("description"),
            isPrivate: try fields.boolean("private"), retention: try fields.retention("retention_days"))
        try await channels.update(id, change, as: principal)
        do {
            return try await answer(id, principal)
        } catch ChatError.notFound {
            // An admin looks after private channels without seeing what is in them.
            return try JSONBody.response(Done("channel changed"))
        }
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        try await channels.delete(try context.id(of: "channel"), as: try context.requirePrincipal())
        return try JSONBody.response(Done("channel deleted"))
    }

    @Sendable func join(_ request: Request, _ context: AppContext) async throws -> Response {
        try await channels.join(try context.id(of: "channel"), as: try context.requirePrincipal())
        return try JSONBody.response(Done("joined"))
    }

    @Sendable func leave(_ request: Request, _ context: AppContext) async throws -> Response {
        try await channels.leave(try context.id(of: "channel"), as: try context.requirePrincipal())
        return try JSONBody.response(Done("left"))
    }

    @Sendable func invite(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let name = try await RequestFields(of: request, context).requiredString("username")
        try await channels.invite(name, to: try context.id(of: "channel"), as: principal)
        return try JSONBody.response(Done("invited"))
    }

    @Sendable func members(_ request: Request, _ context: AppContext) async throws -> Response {
        let members = try await channels.members(of: try context.id(of: "channel"), as: try context.requirePrincipal())
        return try JSONBody.response(MembersAnswer(members: members.map { MemberJSON($0, at: now()) }))
    }

    @Sendable func markAsRead(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let message: Message.ID? = try await RequestFields(of: request, context).id("up_to_message_id")
        try await reading.markRead(try context.id(of: "channel"), upTo: message, as: principal)
        return try JSONBody.response(Done("marked as read"))
    }

    private func answer(
        _ id: Channel.ID, _ principal: Principal, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let summary = try await channels.find(id, as: principal)
        return try JSONBody.response(ChannelAnswer(channel: ChannelJSON(summary, at: now())), status: status)
    }
}

extension RequestFields {
    fileprivate func channelType(_ field: String) throws -> String? {
        let type = try string(field)
        guard type == nil || type == "public" || type == "private" else {
            throw ChatError.invalid(field, "must be public or private")
        }
        return type
    }
}
