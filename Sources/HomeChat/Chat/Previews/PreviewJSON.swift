/// What is shown of a page, on the wire.
struct PreviewJSON: Encodable, Sendable {
    let id: LinkedPage.ID
    let url: String
    let title: String
    let description: String
    let siteName: String
    let imageURL: String?
    let imageWidth: Int64?
    let imageHeight: Int64?

    enum CodingKeys: String, CodingKey {
        case id, url, title, description
        case siteName = "site_name"
        case imageURL = "image_url"
        case imageWidth = "image_width"
        case imageHeight = "image_height"
    }

    init(_ page: LinkedPage, of message: Message.ID, basePath: String) {
        id = page.id
        url = page.url
        title = page.title
        description = page.summary
        siteName = page.site
        imageURL = page.image.map { _ in "\(basePath)/messages/\(message)/previews/\(page.id)/image" }
        imageWidth = page.image?.image?.width
        imageHeight = page.image?.image?.height
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(url, forKey: .url)
        try container.encode(title, forKey: .title)
        try container.encode(description, forKey: .description)
        try container.encode(siteName, forKey: .siteName)
        try imageURL.encode(as: .imageURL, in: &container)
        try imageWidth.encode(as: .imageWidth, in: &container)
        try imageHeight.encode(as: .imageHeight, in: &container)
    }
}
