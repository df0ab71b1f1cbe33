import Hummingbird

/// What an admin does with channels. Direct messages are not among them.
struct ChannelAdminPages: Sendable {
    let pages: Pages
    let channels: Channels

    private struct AllChannels: PageContent {
        static let template = "admin/channels"
        let title = "Channels"
        let heading = "Administration"
        let tabChannels = true
        let listed: [Row]
        let done: String?
    }

    private struct Row: View {
        let channelId: String
        let heading: String
        let icon: String
        let memberText: String
        let isArchived: Bool
        let canClose: Bool

        init(_ channel: Channel) {
            channelId = channel.id.description
            heading = channel.name
            icon = channel.kind == .private ? "lock" : "hash"
            memberText = channel.kind == .private ? "Private" : "Public"
            isArchived = channel.archivedAt != nil
            canClose = !channel.isHome
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let all = try await channels.all(as: try context.requirePrincipal())
        let content = AllChannels(listed: all.map(Row.init), done: try SettingsTab.notice(request))
        return try await pages.show(content, request, context)
    }

    @Sendable func archive(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { try await channels.archive($0, as: $1) }
    }

    @Sendable func unarchive(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { try await channels.unarchive($0, as: $1) }
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context, done: "deleted") { try await channels.delete($0, as: $1) }
    }

    private func change(
        _ request: Request, _ context: AppContext, done: String = "saved",
        _ body: (Channel.ID, Principal) async throws -> Void
    ) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await body(try context.id(of: "channel"), try context.requirePrincipal())
        return pages.go(to: pages.links.admin(.channels, done: done))
    }
}
