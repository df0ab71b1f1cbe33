import Hummingbird

/// Channels to find, make, change and close.
struct ChannelListPages: Sendable {
    let pages: Pages
    let channels: Channels

    private struct Browse: PageContent {
        static let template = "channels/browse"
        let title = "Channels"
        let heading = "Channels"
        let hasChannels: Bool
        let listed: [ListedChannel]
    }

    private struct Form: PageContent {
        static let template = "channels/form"
        let title: String
        let heading: String
        let action: String
        let cancel: String
        let submitText: String
        var name = ""
        var description = ""
        var isPrivate = false
        var isArchived = false
        /// The id, for a channel that is there already.
        var existing: String?
        /// For one that is there: it can be said how long messages stay.
        var canRetain = false
        /// The server's own channel, of which nothing else can be changed.
        var isFixed = false
        var retentionDays = ""
        var usualTime = ""
        var problem: String?

        static var new: Form {
            Form(
                title: "New channel", heading: "New channel", action: "/channels", cancel: "/channels",
                submitText: "Make channel")
        }

        static func edit(_ summary: ChannelSummary, usual days: Int64?) -> Form {
            let channel = summary.channel
            let path = "/channels/\(channel.id)"
            return Form(
                title: "Edit #\(channel.name)", heading: "Edit #\(channel.name)", action: path + "/edit", cancel: path,
                submitText: "Save", name: channel.name, description: channel.description,
                isPrivate: channel.kind == .private, isArchived: channel.archivedAt != nil,
                existing: channel.isHome || !summary.canManage ? nil : channel.id.description,
                canRetain: summary.canRetain, isFixed: !summary.canManage,
                retentionDays: channel.retentionDays.map(String.init) ?? "",
                usualTime: days.map(RetentionChoice.words) ?? "for ever")
        }
    }

    @Sendable func browse(_ request: Request, _ context: AppContext) async throws -> Response {
        let all = try await channels.list(as: try context.requirePrincipal())
        if request.wantsJSON {
            return try JSONBody.response(ChannelsAPI.ListAnswer(channels: all.map { ChannelJSON($0, at: pages.now()) }))
        }
        let listed = all.filter { $0.channel.kind != .dm }.map(ListedChannel.init)
        return try await pages.show(Browse(hasChannels: !listed.isEmpty, listed: listed), request, context)
    }

    @Sendable func new(_ request: Request, _ context: AppContext) async throws -> Response {
        try await pages.show(Form.new, request, context)
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let sent = try await SentChannel(pages.fields(of: request, context))
        do {
            let draft = try ChannelDraft(
                name: sent.name ?? "", description: sent.description ?? "", isPrivate: sent.isPrivate ?? false)
            let channel = try await channels.create(draft, as: principal)
            if request.wantsJSON { return try await json(channel.id, principal, status: .created) }
            return pages.go(to: pages.links.channel(channel.id))
        } catch let error as ChatError {
            return try await again(Form.new, sent, error, request, context)
        }
    }

    @Sendable func edit(_ request: Request, _ context: AppContext) async throws -> Response {
        let summary = try await channels.find(try context.id(of: "channel"), as: try context.requirePrincipal())
        guard summary.canRetain else { throw ChatError.forbidden("only the channel's owner or an admin can do this") }
        return try await pages.show(try await form(of: summary), request, context, current: summary.channel.id)
    }

    @Sendable func update(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: Channel.ID = try context.id(of: "channel")
        let sent = try await SentChannel(pages.fields(of: request, context))
        do {
            let change = try ChannelChange(
                name: sent.name, description: sent.description, isPrivate: sent.isPrivate,
                retention: try sent.fields.retention("retention_days"))
            try await channels.update(id, change, as: principal)
            return request.wantsJSON ? try await json(id, principal) : pages.go(to: pages.links.channel(id))
        } catch let error as ChatError {
            let summary = try await channels.find(id, as: principal)
            guard summary.canRetain else { throw error }
            return try await again(try await form(of: summary), sent, error, request, context)
        }
    }

    private func form(of summary: ChannelSummary) async throws -> Form {
        Form.edit(summary, usual: try await pages.site.settings().retentionDays)
    }

    @Sendable func archive(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { try await channels.archive($0, as: $1) }
    }

    @Sendable func unarchive(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { try await channels.unarchive($0, as: $1) }
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context, then: { _ in pages.links.channels }) {
            try await channels.delete($0, as: $1)
        }
    }

    private func change(
        _ request: Request, _ context: AppContext, then next: ((Channel.ID) -> String)? = nil,
        _ body: (Channel.ID, Principal) async throws -> Void
    ) async throws -> Response {
        let id: Channel.ID = try context.id(of: "channel")
        _ = try await pages.fields(of: request, context)
        try await body(id, try context.requirePrincipal())
        return request.wantsJSON
            ? try JSONBody.response(Done("done")) : pages.go(to: next?(id) ?? pages.links.channel(id))
    }

    private func json(
        _ id: Channel.ID, _ principal: Principal, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let summary = try await channels.find(id, as: principal)
        return try JSONBody.response(
            ChannelsAPI.ChannelAnswer(channel: ChannelJSON(summary, at: pages.now())), status: status)
    }

    /// The form once more, as it was sent, with what does not fit.
    private func again(
        _ form: Form, _ sent: SentChannel, _ error: ChatError, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        guard let problem = error.formProblem, !request.wantsJSON else { throw error }
        var form = form
        form.name = sent.name ?? form.name
        form.description = sent.description ?? form.description
        form.isPrivate = sent.isPrivate ?? form.isPrivate
        form.retentionDays = try sent.fields.string("retention_days") ?? form.retentionDays
        form.problem = problem
        return try await pages.show(form, request, context, status: .unprocessableContent)
    }
}

/// What a form says about a channel, plain or inside `channel`.
private struct SentChannel {
    let name: String?
    let description: String?
    let isPrivate: Bool?
    let fields: RequestFields

    init(_ fields: RequestFields) throws {
        let fields = try fields.object("channel") ?? fields
        self.fields = fields
        name = try fields.string("name")
        description = try fields.string("description")
        isPrivate = try fields.string("channel_type").map { $0 == "private" }
    }
}

/// A channel in a list.
struct ListedChannel: View {
    let channelId: String
    let heading: String
    let icon: String
    let description: String?
    let memberText: String
    let isMember: Bool
    let canJoin: Bool
    let isArchived: Bool

    init(_ summary: ChannelSummary) {
        channelId = summary.channel.id.description
        heading = summary.title
        icon = summary.icon
        description = summary.channel.description.isEmpty ? nil : summary.channel.description
        memberText = summary.memberCount == 1 ? "1 member" : "\(summary.memberCount) members"
        isMember = summary.isMember
        isArchived = summary.channel.archivedAt != nil
        canJoin = !summary.isMember && !isArchived
    }
}
