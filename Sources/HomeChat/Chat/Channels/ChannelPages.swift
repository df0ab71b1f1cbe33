import Hummingbird

/// A channel to read and write in.
struct ChannelPages: Sendable {
    let pages: Pages
    let messages: Messages

    private static let pageSize = 50

    /// To the channel read last; `#home` for who is new.
    @Sendable func home(_ request: Request, _ context: AppContext) async throws -> Response {
        let joined = try await pages.channels.joined(as: try context.requirePrincipal())
        // Where they read last; who has read nothing anywhere begins in #home.
        let last = joined.filter { $0.channel.archivedAt == nil }.max {
            ($0.lastReadID, $0.channel.isHome ? 1 : 0) < ($1.lastReadID, $1.channel.isHome ? 1 : 0)
        }
        return pages.go(to: last.map { pages.links.channel($0.channel.id) } ?? pages.links.channels)
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let summary = try await pages.channels.find(try context.id(of: "channel"), as: principal)
        if request.wantsJSON {
            return try JSONBody.response(ChannelsAPI.ChannelAnswer(channel: ChannelJSON(summary, at: pages.now())))
        }
        let fields = try RequestFields(queryOf: request)
        let target: Message.ID? = try fields.id("message")
        let page = try await messages.page(
            try range(fields, summary), of: summary.channel.id, timeline: true, limit: Self.pageSize, as: principal)
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let rows = [MessageRow](
            page.messages, for: principal.user, time, basePath: pages.links.base,
            newAfter: summary.isMember && summary.unreadCount > 0 ? summary.lastReadID : nil)
        let newest = max(summary.lastMessage?.id.value ?? 0, page.messages.last?.message.id.value ?? 0)
        let content = ChannelPage(
            title: summary.channel.kind == .dm ? summary.title : "#\(summary.title)",
            channel: ChannelHeader(summary, at: pages.now()),
            timeline: Timeline(page, rows, newest: newest, at: pages.now(), target: target),
            composer: Composer(summary), thread: try await thread(fields, summary, time, principal))
        return try await pages.show(content, request, context, current: summary.channel.id)
    }

    /// What a link names; otherwise where the reader left off; otherwise the newest.
    private func range(_ fields: RequestFields, _ summary: ChannelSummary) throws -> MessageRange {
        if let id: Message.ID = try fields.id("message") { return .around(id) }
        if let id: Message.ID = try fields.id("before") { return .before(id) }
        if let id: Message.ID = try fields.id("after") { return .after(id) }
        guard summary.isMember, summary.unreadCount > 0 else { return .newest }
        return .around(.init(summary.lastReadID))
    }

    private func thread(
        _ fields: RequestFields, _ summary: ChannelSummary, _ time: LocalTime, _ principal: Principal
    ) async throws -> ThreadView? {
        guard let root: Message.ID = try fields.id("thread") else { return nil }
        let views: [MessageView]
        do {
            views = try await messages.thread(root, as: principal)
        } catch ChatError.notFound {
            return nil  // deleted since the link was made: the channel is still worth showing
        }
        guard let first = views.first, first.message.channel == summary.channel.id else { return nil }
        return ThreadView(views, summary, time, reader: principal.user, basePath: pages.links.base, at: pages.now())
    }
}

extension ThreadView {
    init(
        _ views: [MessageView], _ summary: ChannelSummary, _ time: LocalTime, reader: User.ID, basePath: String,
        at now: Timestamp
    ) {
        let root = views.first?.message.id ?? .init(0)
        rootId = root.description
        messages = [MessageRow](views, for: reader, time, basePath: basePath, anchor: "thread-message")
        composer = Composer(summary, thread: root)
        self.now = now.iso8601
    }
}
