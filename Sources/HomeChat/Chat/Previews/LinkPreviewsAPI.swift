import Hummingbird

/// `/messages/:id/previews`, of the API and the page.
struct LinkPreviewsAPI: Sendable {
    let previews: LinkPreviews
    let links: Links

    @Sendable func remove(_ request: Request, _ context: AppContext) async throws -> Response {
        let view = try await previews.remove(
            try context.previewID, from: try context.id(of: "message"), as: try context.requirePrincipal())
        guard request.wantsJSON else {
            return Response(
                status: .seeOther,
                headers: [
                    .location: links.message(view.message.id, in: view.message.channel), .cacheControl: "no-store",
                ])
        }
        return try JSONBody.response(MessagesAPI.MessageAnswer(message: MessageJSON(view, basePath: links.base)))
    }
}

extension AppContext {
    fileprivate var previewID: LinkedPage.ID {
        get throws { try id("preview_id", of: "preview") }
    }
}
