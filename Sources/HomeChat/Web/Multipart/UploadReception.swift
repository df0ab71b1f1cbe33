import Hummingbird
import NIOCore

/// A form with files on its way in.
struct UploadReception {
    private let files: Files
    private let user: User.ID
    private let watch: UploadWatch
    private var parser: MultipartParser
    private var fields: FormFields
    private var part: PartHeader?
    private var file: IncomingFile?
    private var received: [ReceivedFile] = []
    /// With one in it for each file.
    private var folder: String?
    private let share: IncomingShare
    private var counted: Int64 = 0
    /// Looked at with the first file: a form without any needs none.
    private var room: FileRoom?

    init(_ request: Request, _ context: AppContext, _ files: Files, _ user: User.ID, _ watch: UploadWatch) throws {
        (self.files, self.user, self.watch) = (files, user, watch)
        share = files.incoming.share(of: user)
        parser = try MultipartParser(contentType: request.headers[.contentType] ?? "")
        fields = FormFields(maximumBytes: context.maximumBody)
    }

    mutating func take(_ bytes: ByteBuffer) async throws {
        watch.bytes(bytes)
        parser.feed(bytes)
        while let event = try parser.next() {
            switch event {
            case .began(let header): try begin(header)
            case .bytes(let bytes): try await add(bytes)
            case .ended: try end()
            }
        }
    }

    func finish() async throws -> Upload {
        try parser.finish()
        let fields = RequestFields(try fields.values())
        if received.isEmpty { try await watch.admit(fields) }
        return Upload(fields: fields, files: received)
    }

    /// What is still there was not stored.
    mutating func clear() {
        file = nil
        if let folder { files.folder.close(incoming: folder) }
        share.end()
        folder = nil
    }

    private mutating func begin(_ header: PartHeader) throws {
        part = header
        guard header.fileName != nil else {
            guard !Upload.fieldNames.contains(header.name) else {
                throw ChatError.invalid(header.shownName, "is to be a file, with a file name")
            }
            return try fields.begin(header)
        }
        guard Upload.fieldNames.contains(header.name) else {
            throw ChatError.invalid(header.shownName, "is a file, and files are taken as files[]")
        }
    }

    private mutating func add(_ bytes: ByteBuffer) async throws {
        guard let name = part?.fileName else { return try fields.append(bytes) }
        let room = try await knownRoom()
        if file == nil { file = try await open(name) }
        let size = (file?.byteSize ?? 0) + Int64(bytes.readableBytes)
        guard size <= Int64(files.rules.maximumBytes) else {
            throw ChatError.fileTooLarge(file?.name ?? "", limit: files.rules.maximumBytes)
        }
        counted += Int64(bytes.readableBytes)
        try files.take(Int64(bytes.readableBytes), of: share, in: room)
        if counted % Files.diskStep < Int64(bytes.readableBytes) { try files.requireFreeDisk() }
        try file?.write(bytes)
    }

    /// Only once something of it is there: browsers send an input in which nothing was chosen as a file without name and bytes.
    private mutating func open(_ name: String) async throws -> IncomingFile {
        guard received.count < files.rules.perMessage else {
            throw ChatError.invalid("files", "are more than \(files.rules.perMessage)")
        }
        try watch.file()
        let folder = try files.folder.openIncoming(within: try ownFolder())
        return try await IncomingFile(name: FileName.displayed(name), folder: folder)
    }

    private mutating func ownFolder() throws -> String {
        if let folder { return folder }
        let opened = try files.folder.openIncoming()
        folder = opened
        return opened
    }

    private mutating func end() throws {
        defer { part = nil }
        guard let name = part?.fileName else { return try fields.end() }
        guard let whole = file else {
            guard name.isEmpty else { throw ChatError.invalid("file", "“\(FileName.displayed(name))” is empty") }
            return
        }
        file = nil
        received.append(
            ReceivedFile(name: whole.name, folder: whole.folder, byteSize: whole.byteSize, share: share))
    }

    private mutating func knownRoom() async throws -> FileRoom {
        if let room { return room }
        try await watch.admit(RequestFields(try fields.values()))
        let found = try await files.room(for: user)
        room = found
        return found
    }
}
