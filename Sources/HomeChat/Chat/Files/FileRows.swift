/// The files of one message, as the page shows them: pictures in a grid, then all others below each other.
struct FileRows: View {
    var hasPictures = false
    var pictures: [PictureRow] = []
    var hasAttachments = false
    var attachments: [AttachmentRow] = []

    /// What the script fills.
    static var blank: FileRows {
        var rows = FileRows()
        rows.hasPictures = true
        rows.hasAttachments = true
        return rows
    }

    private init() {}

    init(_ files: [File], basePath: String) {
        let links = FileLinks(basePath: basePath)
        pictures = files.compactMap { PictureRow($0, links) }
        attachments = files.filter { !PictureRow.isPicture($0) }.map { AttachmentRow($0, links) }
        hasPictures = !pictures.isEmpty
        hasAttachments = !attachments.isEmpty
    }
}

/// A picture that opens. It has its place before it is loaded.
struct PictureRow: View {
    var fileId = ""
    var fileURL: String?
    var filename = ""
    var pictureURL: String?
    /// For whoever wants nothing to move; nil: nothing does.
    var stillURL: String?
    var isAnimated = false
    var width: Int64 = 0
    var height: Int64 = 0
    var fullWidth: Int64 = 0
    var fullHeight: Int64 = 0

    static var blank: PictureRow {
        var row = PictureRow()
        row.stillURL = " "
        row.isAnimated = true
        return row
    }

    /// What moves is shown so up to this size; above, a still picture stands for it until it is opened.
    private static let largestMoving = 2 << 20
    /// Shown as it is where nobody made a smaller one.
    private static let largestPlain = 512 << 10
    /// A picture alone fits in here, in CSS pixels.
    private static let room: (width: Int64, height: Int64) = (416, 320)

    private init() {}

    init?(_ file: File, _ links: FileLinks) {
        guard Self.isPicture(file), let image = file.content.image else { return nil }
        let moves = image.isAnimated && file.content.byteSize <= Self.largestMoving
        fileId = file.id.description
        fileURL = links.file(file)
        filename = file.name
        pictureURL = moves ? links.file(file) : links.thumbnail(file) ?? links.file(file)
        stillURL = moves ? links.thumbnail(file) : nil
        isAnimated = image.isAnimated
        (width, height) = Self.fitted(image)
        fullWidth = image.width
        fullHeight = image.height
    }

    static func isPicture(_ file: File) -> Bool {
        guard file.kind == .image, file.content.image != nil else { return false }
        return file.content.preview != nil || file.content.byteSize <= largestPlain
    }

    private static func fitted(_ image: FileContent.Image) -> (Int64, Int64) {
        let width = Double(max(image.width, 1))
        let height = Double(max(image.height, 1))
        let scale = min(1, Double(room.width) / width, Double(room.height) / height)
        return (max(1, Int64((width * scale).rounded())), max(1, Int64((height * scale).rounded())))
    }
}

/// A file that is played, or opened, or saved.
struct AttachmentRow: View {
    var fileId = ""
    var fileURL: String?
    var filename = ""
    var isVideo = false
    var isAudio = false
    /// Opens in the browser; everything else is saved.
    var opens = false
    /// A small picture of its first page.
    var hasPreview = false
    var previewURL: String?
    var about = ""

    static var blank: AttachmentRow {
        var row = AttachmentRow()
        row.isVideo = true
        row.isAudio = true
        row.opens = true
        row.hasPreview = true
        return row
    }

    private init() {}

    init(_ file: File, _ links: FileLinks) {
        fileId = file.id.description
        fileURL = links.file(file)
        filename = file.name
        isVideo = file.kind == .video
        isAudio = file.kind == .audio
        opens = file.content.type == "application/pdf" || file.kind == .image
        previewURL = links.thumbnail(file)
        hasPreview = previewURL != nil && !isVideo && !isAudio
        about = "\(FileWords.type(file.name, file.content.type)) · \(FileWords.size(file.content.byteSize))"
    }
}
