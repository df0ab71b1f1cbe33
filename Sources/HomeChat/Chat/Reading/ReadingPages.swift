import Hummingbird

/// How far somebody has read, and what they want to hear of a channel, from the page.
struct ReadingPages: Sendable {
    let pages: Pages
    let reading: Reading

    @Sendable func markRead(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            try await reading.markRead(id, upTo: try fields.id("up_to_message_id"), as: principal)
        }
    }

    @Sendable func markUnread(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            guard let message: Message.ID = try fields.id("from_message_id") else {
                throw ChatError.missing("from_message_id")
            }
            try await reading.markUnread(id, from: message, as: principal)
        }
    }

    /// A form leaves an unticked box out; a script says false.
    @Sendable func setNotifications(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            let level = try fields.string("level").map { text in
                guard let level = Membership.Level(rawValue: text) else {
                    throw ChatError.invalid("level", "must be all, mentions or nothing")
                }
                return level
            }
            let isMuted = try fields.boolean("muted") ?? (request.wantsJSON ? nil : false)
            try await reading.setNotifications(level: level, isMuted: isMuted, in: id, as: principal)
        }
    }

    private func change(
        _ request: Request, _ context: AppContext, _ body: (Channel.ID, Principal, RequestFields) async throws -> Void
    ) async throws -> Response {
        let id: Channel.ID = try context.id(of: "channel")
        let principal = try context.requirePrincipal()
        try await body(id, principal, try await pages.fields(of: request, context))
        return request.wantsJSON ? try JSONBody.response(Done("done")) : pages.go(to: pages.links.channel(id))
    }
}
