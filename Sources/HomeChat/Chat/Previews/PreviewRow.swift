/// A linked page below a message, as the page shows it; the empty one is what the script fills.
struct PreviewRow: View {
    var previewId = ""
    var linkURL = ""
    var site: String?
    var pageTitle = ""
    var summary: String?
    var hasImage = false
    var imageURL: String?
    var imageWidth: Int64 = 0
    var imageHeight: Int64 = 0
    /// Where a form takes it away; nil for everybody but the author.
    var removal: String?

    static var blank: PreviewRow {
        var row = PreviewRow()
        row.site = " "
        row.summary = " "
        row.hasImage = true
        return row
    }

    private init() {}

    init(_ page: LinkedPage, of message: Message.ID, isMine: Bool, basePath: String) {
        let preview = PreviewJSON(page, of: message, basePath: basePath)
        previewId = page.id.description
        linkURL = page.url
        site = page.site.isEmpty ? nil : page.site
        pageTitle = page.title
        summary = page.summary.isEmpty ? nil : page.summary
        imageURL = preview.imageURL
        hasImage = imageURL != nil
        imageWidth = preview.imageWidth ?? 0
        imageHeight = preview.imageHeight ?? 0
        removal = isMine ? "\(basePath)/messages/\(message)/previews/\(page.id)/removal" : nil
    }
}
