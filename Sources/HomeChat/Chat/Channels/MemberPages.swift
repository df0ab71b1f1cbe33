import Hummingbird

/// Who is in a channel, and how people come and go.
struct MemberPages: Sendable {
    let pages: Pages
    let channels: Channels

    private struct Members: PageContent {
        static let template = "channels/members"
        let title: String
        let heading: String
        let channel: ChannelHeader
        let canInvite: Bool
        let members: [MemberRow]
        var problem: String?
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context)
    }

    @Sendable func invite(_ request: Request, _ context: AppContext) async throws -> Response {
        let id: Channel.ID = try context.id(of: "channel")
        let name = try await pages.fields(of: request, context).requiredString("username")
        do {
            try await channels.invite(name.trimmingPrefix("@").description, to: id, as: try context.requirePrincipal())
        } catch let error as ChatError where !request.wantsJSON {
            return try await show(request, context, problem: error)
        }
        return try done(request, id)
    }

    @Sendable func remove(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, _ in
            try await channels.remove(try context.id("user_id", of: "member"), from: id, as: principal)
        }
    }

    @Sendable func transfer(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            guard let user: User.ID = try fields.id("user_id") else { throw ChatError.missing("user_id") }
            try await channels.transfer(id, to: user, as: principal)
        }
    }

    @Sendable func join(_ request: Request, _ context: AppContext) async throws -> Response {
        let id: Channel.ID = try context.id(of: "channel")
        _ = try await pages.fields(of: request, context)
        try await channels.join(id, as: try context.requirePrincipal())
        return request.wantsJSON ? try JSONBody.response(Done("joined")) : pages.go(to: pages.links.channel(id))
    }

    @Sendable func leave(_ request: Request, _ context: AppContext) async throws -> Response {
        let id: Channel.ID = try context.id(of: "channel")
        _ = try await pages.fields(of: request, context)
        try await channels.leave(id, as: try context.requirePrincipal())
        return request.wantsJSON ? try JSONBody.response(Done("left")) : pages.go(to: pages.links.channels)
    }

    private func show(_ request: Request, _ context: AppContext, problem: ChatError? = nil) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: Channel.ID = try context.id(of: "channel")
        let summary = try await channels.find(id, as: principal)
        let people = try await channels.members(of: id, as: principal)
        let now = pages.now()
        if request.wantsJSON {
            return try JSONBody.response(ChannelsAPI.MembersAnswer(members: people.map { MemberJSON($0, at: now) }))
        }
        let heading = summary.channel.kind == .dm ? summary.title : "#\(summary.title)"
        let rows = people.map { MemberRow($0, in: summary, reader: principal.user, at: now) }
        let content = Members(
            title: "Members of \(heading)", heading: heading, channel: ChannelHeader(summary, at: now),
            canInvite: summary.channel.kind != .dm && (summary.isMember || summary.canManage)
                && summary.channel.archivedAt == nil,
            members: rows, problem: problem?.formProblem)
        return try await pages.show(
            content, request, context, current: id, status: problem == nil ? .ok : .unprocessableContent)
    }

    private func change(
        _ request: Request, _ context: AppContext, _ body: (Channel.ID, Principal, RequestFields) async throws -> Void
    ) async throws -> Response {
        let id: Channel.ID = try context.id(of: "channel")
        try await body(id, try context.requirePrincipal(), try await pages.fields(of: request, context))
        return try done(request, id)
    }

    private func done(_ request: Request, _ id: Channel.ID) throws -> Response {
        request.wantsJSON ? try JSONBody.response(Done("done")) : pages.go(to: pages.links.members(of: id))
    }
}

/// Somebody in a list of people.
struct MemberRow: View {
    let userId: String
    let username: String
    let displayName: String
    let badge: String?
    let initials: String
    let color: Int
    let presence: String
    let status: String?
    var isOwner = false
    var canManage = false
    var canTransfer = false

    init(_ user: User, at now: Timestamp) {
        userId = user.id.description
        username = user.username
        displayName = user.displayName
        badge = user.bot?.badge
        initials = user.initials
        color = user.colorIndex
        presence = user.presence(at: now).rawValue
        status = user.statusWords(at: now)
    }

    init(_ user: User, in summary: ChannelSummary, reader: User.ID, at now: Timestamp) {
        self.init(user, at: now)
        isOwner = summary.channel.owner == user.id
        canManage = summary.canManage && !summary.channel.isHome && user.id != reader
        canTransfer = !isOwner
    }
}
