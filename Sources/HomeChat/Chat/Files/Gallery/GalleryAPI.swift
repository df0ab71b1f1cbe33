import Hummingbird

/// `/api/v1/channels/:id/files`.
struct GalleryAPI: Sendable {
    let files: Files
    let links: Links

    struct Answer: Encodable, Sendable {
        let files: [SharedFileJSON]
        let hasMore: Bool
        /// Where the next page begins.
        let oldestID: File.ID?

        enum CodingKeys: String, CodingKey {
            case files
            case hasMore = "has_more"
            case oldestID = "oldest_id"
        }

        init(_ page: FilePage, basePath: String) {
            files = page.files.map { SharedFileJSON(shared: $0, basePath: basePath) }
            hasMore = page.hasMore
            oldestID = page.files.last?.file.id
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(files, forKey: .files)
            try container.encode(hasMore, forKey: .hasMore)
            try oldestID.encode(as: .oldestID, in: &container)
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try RequestFields(queryOf: request)
        let page = try await files.gallery(
            of: try context.id(of: "channel"), kind: try fields.fileKind("type"), before: try fields.id("before"),
            limit: try fields.limit(), as: try context.requirePrincipal())
        return try JSONBody.response(Answer(page, basePath: links.base))
    }
}

/// A file with the message that it came with: its own fields, and whose it is.
struct SharedFileJSON: Encodable, Sendable {
    let shared: SharedFile
    let basePath: String

    enum CodingKeys: String, CodingKey {
        case user
        case messageID = "message_id"
        case createdAt = "created_at"
    }

    private struct Person: Encodable {
        let id: User.ID
        let username: String
        let displayName: String

        enum CodingKeys: String, CodingKey {
            case id, username
            case displayName = "display_name"
        }
    }

    func encode(to encoder: any Encoder) throws {
        try FileJSON(shared.file, basePath: basePath).encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        let author = shared.author
        try container.encode(shared.message, forKey: .messageID)
        try container.encode(shared.postedAt, forKey: .createdAt)
        try container.encode(
            Person(id: author.id, username: author.username, displayName: author.displayName), forKey: .user)
    }
}

extension RequestFields {
    /// nil: all kinds.
    func fileKind(_ field: String) throws -> File.Kind? {
        guard let text = try string(field), !text.isEmpty else { return nil }
        guard let kind = File.Kind(rawValue: text) else {
            throw ChatError.invalid(field, "must be image, video, audio or document")
        }
        return kind
    }
}
