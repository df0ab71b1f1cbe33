import Hummingbird

/// What the page shows beside a conversation, each a page of its own as well: a thread, pins, what a message said before.
struct MessagePanelPages: Sendable {
    let pages: Pages
    let messages: Messages

    private struct ThreadPage: PageContent {
        static let template = "messages/thread"
        let title: String
        let channel: ChannelHeader
        let thread: ThreadView
        let blankMessage = MessageRow.blank
        let blankReaction = ReactionRow()
        let blankAction = ActionRow()
        let blankPicture = PictureRow.blank
        let blankAttachment = AttachmentRow.blank
        let blankPreview = PreviewRow.blank
    }

    private struct Pins: PageContent {
        static let template = "messages/pins"
        let title: String
        let heading: String
        let channel: ChannelHeader
        let hasPins: Bool
        let pins: [MessageExcerpt]
    }

    private struct History: PageContent {
        static let template = "messages/history"
        let title = "Edits"
        let heading = "Edits"
        let messageId: String
        let revisions: [Revision]
    }

    private struct Revision: View {
        let at: String
        let exact: String
        let html: String
        let isCurrent: Bool
    }

    private struct HistoryAnswer: Encodable {
        struct Entry: Encodable {
            let content: String
            let replacedAt: Timestamp

            enum CodingKeys: String, CodingKey {
                case content
                case replacedAt = "replaced_at"
            }
        }

        let history: [Entry]
    }

    @Sendable func thread(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let views = try await messages.thread(try context.id(of: "message"), as: principal)
        guard let root = views.first else { throw ChatError.notFound("message") }
        if request.wantsJSON { return try json(views) }
        let summary = try await pages.channels.find(root.message.channel, as: principal)
        let thread = ThreadView(
            views, summary, try await time(principal), reader: principal.user, basePath: pages.links.base,
            at: pages.now())
        let content = ThreadPage(
            title: "Thread in \(summary.title)", channel: ChannelHeader(summary, at: pages.now()), thread: thread)
        return try await pages.show(content, request, context, current: summary.channel.id)
    }

    @Sendable func pins(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: Channel.ID = try context.id(of: "channel")
        let views = try await messages.pins(of: id, as: principal)
        if request.wantsJSON { return try json(views) }
        let summary = try await pages.channels.find(id, as: principal)
        let time = try await time(principal)
        let content = Pins(
            title: "Pinned in \(summary.title)", heading: summary.title,
            channel: ChannelHeader(summary, at: pages.now()),
            hasPins: !views.isEmpty,
            pins: views.map { MessageExcerpt($0, time, basePath: pages.links.base, showsPlace: false) })
        return try await pages.show(content, request, context, current: id)
    }

    @Sendable func history(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: Message.ID = try context.id(of: "message")
        let earlier = try await messages.history(of: id, as: principal)
        if request.wantsJSON {
            return try JSONBody.response(
                HistoryAnswer(history: earlier.map { .init(content: $0.content, replacedAt: $0.replacedAt) }))
        }
        let view = try await messages.find(id, as: principal)
        let time = try await time(principal)
        // Each text was written when the one before it was replaced; the first when the message was posted.
        let written =
            [view.editedAt ?? view.message.createdAt] + earlier.dropFirst().map(\.replacedAt) + [view.message.createdAt]
        let texts = [view.message.content] + earlier.map(\.content)
        let revisions = zip(texts, written).enumerated().map { index, revision in
            Revision(
                at: revision.1.iso8601, exact: time.exact(revision.1),
                html: Markdown.html(revision.0, names: view.names, basePath: pages.links.base), isCurrent: index == 0)
        }
        let content = History(messageId: id.description, revisions: revisions)
        return try await pages.show(content, request, context, current: view.message.channel)
    }

    private func time(_ principal: Principal) async throws -> LocalTime {
        LocalTime(zone: try await pages.users.me(principal).timeZone)
    }

    private func json(_ views: [MessageView]) throws -> Response {
        try JSONBody.response(["messages": views.map { MessageJSON($0, basePath: pages.links.base) }])
    }
}
