import Hummingbird

/// How routes that take files read a request: a form that brings some, or anything that names files which wait already.
struct Uploads: Sendable {
    let files: Files
    let limits: RateLimits

    /// Stores the files of a form, and leaves them to wait.
    /// - Parameter admit: see `UploadWatch`.
    func keep(
        _ request: Request, _ context: AppContext, admit: @escaping (RequestFields) async throws -> Void = { _ in }
    ) async throws -> [File] {
        let principal = try context.requirePrincipal()
        try principal.require(.messagesWrite)
        try limits.check(.upload, .user(principal.user))
        guard Upload.isForm(request) else { throw ChatError.unsupportedType("send files as multipart/form-data") }
        return try await receive(request, context, principal, admit) { upload in
            guard !upload.files.isEmpty else { throw ChatError.missing("file") }
            return try await files.keep(upload.files, by: Uploader(principal))
        }
    }

    /// Reads what is to be posted, and posts it.
    /// - Parameters:
    ///   - admit: see `UploadWatch`.
    ///   - before: may say no as long as nothing was read.
    ///   - post: is given the files in their order.
    func posting<Result>(
        _ request: Request, _ context: AppContext, admit: @escaping (RequestFields) async throws -> Void = { _ in },
        before: () async throws -> Void = {}, _ post: (RequestFields, [File.ID]) async throws -> Result
    ) async throws -> Result {
        let principal = try context.requirePrincipal()
        try principal.require(.messagesWrite)
        guard Upload.isForm(request) else {
            let fields = try await RequestFields(of: request, context)
            try Self.requireNoFiles(in: fields)
            try await admit(fields)
            return try await post(fields, try ids(fields, []))
        }
        try limits.check(.upload, .user(principal.user))
        try limits.check(.message, .user(principal.user))
        try await before()
        return try await receive(request, context, principal, admit) { upload in
            let fields = try RequestFields(queryOf: request).with(upload.fields)
            return try await files.keeping(upload.files, by: Uploader(principal)) { kept in
                try await post(fields, try ids(fields, kept))
            }
        }
    }

    private func receive<Result>(
        _ request: Request, _ context: AppContext, _ principal: Principal,
        _ admit: @escaping (RequestFields) async throws -> Void, _ body: (Upload) async throws -> Result
    ) async throws -> Result {
        let watch = UploadWatch(admit: admit, file: { try limits.spend(.upload, for: principal) })
        return try await Upload.receive(request, context, into: files, for: principal.user, watch, body)
    }

    /// Whoever names a file where none can be would lose it without a word. An empty field is none.
    private static func requireNoFiles(in fields: RequestFields) throws {
        // Lists in a form lose their brackets.
        let names = Upload.fieldNames.flatMap { [$0, $0.replacing("[]", with: "")] }
        guard let field = names.sorted().first(where: fields.holds) else { return }
        throw ChatError.invalid(
            field, "is for files, which come as multipart/form-data; those that wait already are named in file_ids")
    }

    private func ids(_ fields: RequestFields, _ kept: [File.ID]) throws -> [File.ID] {
        let ids = try kept + fields.ids("file_ids")
        guard ids.count <= files.rules.perMessage else {
            throw ChatError.invalid("file_ids", "names more than \(files.rules.perMessage) files")
        }
        return ids
    }
}
