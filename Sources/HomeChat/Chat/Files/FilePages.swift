import Hummingbird

/// Files that the page uploads before their message is sent.
struct FilePages: Sendable {
    let pages: Pages
    let files: Files
    let uploads: Uploads

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let kept = try await uploads.keep(request, context) { fields in
            try pages.requireOwnForm(fields, request, context)
        }
        return try JSONBody.response(FilesAPI.KeptAnswer(kept, pages.links), status: .created)
    }

    /// By its id; the name of the parameter is that of the route beside it.
    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await files.withdraw(try context.id("key", of: "file"), as: try context.requirePrincipal())
        return try JSONBody.response(Done("file withdrawn"))
    }
}
