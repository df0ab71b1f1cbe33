import Hummingbird

/// All that was sent in a channel, by what it is.
struct GalleryPages: Sendable {
    let pages: Pages
    let files: Files

    private static let pageSize = 50

    private struct Gallery: PageContent {
        static let template = "channels/files"
        let title: String
        let heading: String
        let channelId: String
        let tabs: [Tab]
        let isOfPictures: Bool
        let hasFiles: Bool
        let files: [GalleryRow]
        let nothing: String
        /// The rest of the address of the next page.
        let older: String?
    }

    private struct Tab: View {
        let name: String
        /// The rest of its address.
        let query: String
        let isCurrent: Bool
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: Channel.ID = try context.id(of: "channel")
        let fields = try RequestFields(queryOf: request)
        let kind = try fields.fileKind("type")
        let limit = request.wantsJSON ? try fields.limit() : Self.pageSize
        let page = try await files.gallery(
            of: id, kind: kind, before: try fields.id("before"), limit: limit, as: principal)
        if request.wantsJSON { return try JSONBody.response(GalleryAPI.Answer(page, basePath: pages.links.base)) }
        let summary = try await pages.channels.find(id, as: principal)
        let place = summary.channel.kind == .dm ? summary.title : "#\(summary.title)"
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let content = Gallery(
            title: "Files in \(place)", heading: "Files in \(place)", channelId: id.description, tabs: Self.tabs(kind),
            isOfPictures: kind == .image, hasFiles: !page.files.isEmpty,
            files: page.files.map { GalleryRow($0, time, FileLinks(basePath: pages.links.base)) },
            nothing: kind.map(Self.nothing) ?? "Nobody has sent a file here yet.",
            older: page.hasMore
                ? page.files.last.map { "?before=\($0.file.id)" + (kind.map { "&type=\($0.rawValue)" } ?? "") } : nil)
        return try await pages.show(content, request, context, current: id)
    }

    private static func tabs(_ chosen: File.Kind?) -> [Tab] {
        [Tab(name: "All", query: "", isCurrent: chosen == nil)]
            + File.Kind.allCases.map {
                Tab(name: name($0), query: "?type=\($0.rawValue)", isCurrent: chosen == $0)
            }
    }

    private static func name(_ kind: File.Kind) -> String {
        switch kind {
        case .image: "Pictures"
        case .video: "Videos"
        case .audio: "Recordings"
        case .document: "Documents"
        }
    }

    private static func nothing(_ kind: File.Kind) -> String { "There are no \(name(kind).lowercased()) here." }
}

/// A file in a list, and where it came from.
struct GalleryRow: View {
    let fileURL: String
    let filename: String
    let about: String
    let isShown: Bool
    /// In pixels; nil: it does not open as a picture.
    let fullWidth: Int64?
    let fullHeight: Int64?
    let thumbnailURL: String?
    let thumbnailWidth: Int64
    let thumbnailHeight: Int64
    let type: String
    let messageId: String
    let authorName: String
    let at: String
    let atText: String

    init(_ shared: SharedFile, _ time: LocalTime, _ links: FileLinks) {
        let content = shared.file.content
        fileURL = links.file(shared.file)
        filename = shared.file.name
        type = FileWords.type(shared.file.name, content.type)
        about = "\(type) · \(FileWords.size(content.byteSize))"
        isShown = content.isShown
        fullWidth = content.image?.width
        fullHeight = content.image?.height
        thumbnailURL = links.thumbnail(shared.file)
        thumbnailWidth = content.preview?.width ?? 0
        thumbnailHeight = content.preview?.height ?? 0
        messageId = shared.message.description
        authorName = shared.author.displayName
        at = shared.postedAt.iso8601
        atText = time.exact(shared.postedAt)
    }
}
