import Hummingbird

/// `/api/v1/files`, and what Home Assistant sends to `/api/v1/channels/:id/media`.
struct FilesAPI: Sendable {
    let files: Files
    let messages: Messages
    let uploads: Uploads
    let links: Links

    struct KeptAnswer: Encodable {
        let success = true
        let files: [FileJSON]

        init(_ files: [File], _ links: Links) {
            self.files = files.map { FileJSON($0, basePath: links.base) }
        }
    }

    struct MediaAnswer: Encodable {
        struct Detail: Encodable {
            let id: Message.ID
            let channelID: Channel.ID
            let files: [String]

            enum CodingKeys: String, CodingKey {
                case id, files
                case channelID = "channel_id"
            }
        }

        let success = true
        let message = "media posted"
        let data: Detail
        let files: [FileJSON]

        init(_ view: MessageView, _ links: Links) {
            data = Detail(id: view.message.id, channelID: view.message.channel, files: view.files.map(\.name))
            files = view.files.map { FileJSON($0, basePath: links.base) }
        }
    }

    private static let usualCaption = "Attachment"

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        try JSONBody.response(KeptAnswer(try await uploads.keep(request, context), links), status: .created)
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        try await files.withdraw(try context.id(of: "file"), as: try context.requirePrincipal())
        return try JSONBody.response(Done("file withdrawn"))
    }

    @Sendable func media(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: Channel.ID = try context.id(of: "channel")
        let view = try await uploads.posting(
            request, context, before: { try await messages.requirePostable(in: id, as: principal) }
        ) { fields, files in
            guard !files.isEmpty else { throw ChatError.missing("files[]") }
            let caption = try fields.string("caption") ?? ""
            let draft = try MessageDraft(text: caption.isEmpty ? Self.usualCaption : caption, files: files)
            return try await messages.post(draft, in: id, as: principal)
        }
        return try JSONBody.response(MediaAnswer(view, links))
    }
}
