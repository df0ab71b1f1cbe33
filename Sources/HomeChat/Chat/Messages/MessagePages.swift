import Hummingbird

/// What people do with messages on the page: forms where scripts are off, JSON for our own script.
struct MessagePages: Sendable {
    let pages: Pages
    let messages: Messages
    let commands: Commands
    let uploads: Uploads

    private struct PageAnswer: Encodable {
        let messages: [MessageJSON]
        let hasMoreBefore: Bool
        let hasMoreAfter: Bool

        enum CodingKeys: String, CodingKey {
            case messages
            case hasMoreBefore = "has_more_before"
            case hasMoreAfter = "has_more_after"
        }
    }

    private struct ChangesAnswer: Encodable {
        let messages: [MessageJSON]
        let updated: [MessageJSON]
        let deleted: [Message.ID]
        let now: Timestamp
        let complete: Bool
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let id: Channel.ID = try context.id(of: "channel")
        let principal = try context.requirePrincipal()
        let (said, thread) = try await uploads.posting(
            request, context, admit: { try pages.requireOwnForm($0, request, context) },
            before: { try await messages.requirePostable(in: id, as: principal) }
        ) { fields, files in
            let draft = try Self.draft(fields, files)
            return (try await commands.say(draft, in: id, as: principal), draft.thread)
        }
        if request.wantsJSON {
            switch said {
            case .message(let view): return try answer(view, status: .created)
            case .notice(let words): return try JSONBody.response(CommandsAPI.NoticeAnswer(notice: words))
            }
        }
        return pages.go(to: thread.map { pages.links.thread($0, in: id) } ?? pages.links.channel(id))
    }

    private static func draft(_ fields: RequestFields, _ files: [File.ID]) throws -> MessageDraft {
        let text = try fields.object("message")?.string("content") ?? fields.string("content")
        guard let text = text ?? (files.isEmpty ? nil : "") else { throw ChatError.missing("content") }
        return try MessageDraft(
            text: text, nonce: try fields.string("nonce"), replyTo: try fields.id("reply_to_id"),
            thread: try fields.id("thread_id"), files: files)
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try RequestFields(queryOf: request)
        let page = try await messages.page(
            try MessagesAPI.range(fields), of: try context.id(of: "channel"), timeline: true, limit: try fields.limit(),
            as: try context.requirePrincipal())
        return try JSONBody.response(
            PageAnswer(
                messages: page.messages.map(json), hasMoreBefore: page.hasMoreBefore, hasMoreAfter: page.hasMoreAfter))
    }

    @Sendable func changes(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try RequestFields(queryOf: request)
        let last: Message.ID = try fields.string("after") == "0" ? .init(0) : try fields.id("after") ?? .init(0)
        guard let since = try fields.string("since").flatMap(Timestamp.init(iso8601:)) else {
            throw ChatError.missing("since")
        }
        let changes = try await messages.changes(
            in: try context.id(of: "channel"), after: last, since: since, as: try context.requirePrincipal())
        return try JSONBody.response(
            ChangesAnswer(
                messages: changes.posted.map(json), updated: changes.updated.map(json), deleted: changes.deleted,
                now: changes.now, complete: changes.isComplete))
    }

    /// The permanent address of a message: its place in the channel, or in its thread.
    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let view = try await messages.find(try context.id(of: "message"), as: try context.requirePrincipal())
        if request.wantsJSON { return try answer(view) }
        let channel = view.message.channel
        if let root = view.message.thread { return pages.go(to: pages.links.thread(root, in: channel)) }
        return pages.go(to: pages.links.message(view.message.id, in: channel))
    }

    @Sendable func update(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            try await messages.edit(id, to: try fields.requiredString("content"), as: principal)
        }
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: Message.ID = try context.id(of: "message")
        _ = try await pages.fields(of: request, context)
        let channel = try await messages.find(id, as: principal).message.channel
        try await messages.delete(id, as: principal)
        return request.wantsJSON
            ? try JSONBody.response(Done("message deleted")) : pages.go(to: pages.links.channel(channel))
    }

    @Sendable func react(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            try await messages.react(try fields.requiredString("emoji"), to: id, as: principal)
        }
    }

    @Sendable func unreact(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            try await messages.unreact(try fields.requiredString("emoji"), from: id, as: principal)
        }
    }

    @Sendable func press(_ request: Request, _ context: AppContext) async throws -> Response {
        let action = try context.parameters.require("action_id")
        return try await change(request, context) { id, principal, _ in
            try await messages.press(action, on: id, as: principal)
        }
    }

    @Sendable func pin(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, _ in try await messages.setPinned(true, id, as: principal) }
    }

    @Sendable func unpin(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, _ in try await messages.setPinned(false, id, as: principal)
        }
    }

    /// How a text will look.
    @Sendable func preview(_ request: Request, _ context: AppContext) async throws -> Response {
        let names = Markdown.Names(linksOut: try context.requirePrincipal().role != .limited)
        let draft = try MessageDraft(text: try await pages.fields(of: request, context).requiredString("content"))
        return try JSONBody.response(["html": Markdown.html(draft.text, names: names, basePath: pages.links.base)])
    }

    private func change(
        _ request: Request, _ context: AppContext,
        _ body: (Message.ID, Principal, RequestFields) async throws -> MessageView
    ) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let view = try await body(try context.id(of: "message"), try context.requirePrincipal(), fields)
        if request.wantsJSON { return try answer(view) }
        return pages.go(to: pages.links.message(view.message.id, in: view.message.channel))
    }

    private func answer(_ view: MessageView, status: HTTPResponse.Status = .ok) throws -> Response {
        try JSONBody.response(MessagesAPI.MessageAnswer(message: json(view)), status: status)
    }

    private func json(_ view: MessageView) -> MessageJSON { MessageJSON(view, basePath: pages.links.base) }
}
