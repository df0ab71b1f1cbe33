/// A file on the wire. Sizes are bytes and pixels; what there is not is null.
struct FileJSON: Encodable, Sendable {
    let id: File.ID
    let filename: String
    let contentType: String
    let kind: String
    let byteSize: Int64
    let url: String
    let width: Int64?
    let height: Int64?
    let animated: Bool
    let thumbnailURL: String?
    let thumbnailWidth: Int64?
    let thumbnailHeight: Int64?

    enum CodingKeys: String, CodingKey {
        case id, filename, kind, url, width, height, animated
        case contentType = "content_type"
        case byteSize = "byte_size"
        case thumbnailURL = "thumbnail_url"
        case thumbnailWidth = "thumbnail_width"
        case thumbnailHeight = "thumbnail_height"
    }

    init(_ file: File, basePath: String) {
        let links = FileLinks(basePath: basePath)
        id = file.id
        filename = file.name
        contentType = file.content.type
        kind = file.kind.rawValue
        byteSize = file.content.byteSize
        url = links.file(file)
        width = file.content.image?.width
        height = file.content.image?.height
        animated = file.content.image?.isAnimated ?? false
        thumbnailURL = links.thumbnail(file)
        thumbnailWidth = file.content.preview?.width
        thumbnailHeight = file.content.preview?.height
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(filename, forKey: .filename)
        try container.encode(contentType, forKey: .contentType)
        try container.encode(kind, forKey: .kind)
        try container.encode(byteSize, forKey: .byteSize)
        try container.encode(url, forKey: .url)
        try width.encode(as: .width, in: &container)
        try height.encode(as: .height, in: &container)
        try container.encode(animated, forKey: .animated)
        try thumbnailURL.encode(as: .thumbnailURL, in: &container)
        try thumbnailWidth.encode(as: .thumbnailWidth, in: &container)
        try thumbnailHeight.encode(as: .thumbnailHeight, in: &container)
    }
}

/// Where a file is to be had: below the base path, since the same words go to everybody at once.
struct FileLinks: Sendable {
    let basePath: String

    func file(_ file: File) -> String { "\(basePath)/files/\(file.key)" }

    /// - Returns: nil where nobody can make a small picture of it.
    func thumbnail(_ file: File) -> String? {
        file.content.preview == nil ? nil : "\(basePath)/files/\(file.key)/thumbnail"
    }
}
