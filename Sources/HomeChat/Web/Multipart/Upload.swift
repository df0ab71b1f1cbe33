import HTTPTypes
import Hummingbird
import NIOCore

/// What a form brought: its fields, and its files as they lie in folders of their own.
struct Upload: Sendable {
    let fields: RequestFields
    let files: [ReceivedFile]
}

/// What is done while a form comes in, for whoever takes it.
struct UploadWatch {
    /// Of the raw body, before anything is made of it.
    var bytes: (ByteBuffer) -> Void = { _ in }
    /// Asked once, with what fields came until then: before the first file, or at the end of a form without any.
    var admit: (RequestFields) async throws -> Void = { _ in }
    /// As each file begins.
    var file: () throws -> Void = {}
}

extension Upload {
    /// Forms with files name them so; a browser's form, scripts and Home Assistant each in their own way.
    static let fieldNames: Set = ["file", "file[]", "files", "files[]", "message[files][]"]

    static func isForm(_ request: Request) -> Bool {
        request.headers[.contentType] != nil
            && RequestFields.mediaType(request.headers[.contentType]) == "multipart/form-data"
    }

    /// Reads a form, each file to the disk as it comes. The files are there as long as `body` runs.
    static func receive<Result>(
        _ request: Request, _ context: AppContext, into files: Files, for user: User.ID, _ watch: UploadWatch,
        _ body: (Upload) async throws -> Result
    ) async throws -> Result {
        let most = files.rules.bytesPerRequest + context.maximumBody
        try RequestFields.requireFit(request, atMost: most)
        var reception = try UploadReception(request, context, files, user, watch)
        defer { reception.clear() }
        try await context.inviteBody(of: request)
        try await withTaskExecutorPreference(UploadLane.shared) {
            var count = 0
            for try await bytes in request.body {
                count += bytes.readableBytes
                guard count <= most else { throw ChatError.tooLarge(limit: most) }
                try await reception.take(bytes)
                try await UploadPace.shared.take(bytes.readableBytes)
            }
        }
        // Whoever is told to stop sees no more of a body, which is not its end.
        try Task.checkCancellation()
        return try await body(try await reception.finish())
    }
}
