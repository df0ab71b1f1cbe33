import Hummingbird

/// What the API can do: as a document for programs, and as a page for whoever writes them.
struct APIReferencePages: Sendable {
    let pages: Pages
    /// Where people reach the server, as its operator says.
    let publicURL: String?

    private struct Reference: PageContent {
        static let template = "site/api"
        let title = "API"
        let address: String
        let groups: [APIReference.Group]
        let shapes: [APIReference.Shape]
    }

    @Sendable func document(_ request: Request, _ context: AppContext) throws -> Response {
        let served = try pages.reference.served(at: pages.links.base)
        var headers: HTTPFields = [
            .contentType: "application/json", .cacheControl: "no-cache", .vary: "Accept-Encoding",
        ]
        guard let gzipped = served.gzipped, request.takesGzip else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: served.plain))
        }
        headers[.contentEncoding] = "gzip"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: gzipped))
    }

    @Sendable func page(_ request: Request, _ context: AppContext) async throws -> Response {
        let address = address(of: request, context)
        let reference = APIReference(try pages.reference.root(), address: address)
        return try await pages.showCard(
            Reference(address: address, groups: reference.groups, shapes: reference.shapes), request, context)
    }

    /// For examples to be copied: as the operator says, else as whoever asks has come here.
    private func address(of request: Request, _ context: AppContext) -> String {
        if let publicURL { return publicURL + pages.links.configured }
        let host = request.head.authority.flatMap { ContentSecurityPolicy.isHost($0) ? $0 : nil } ?? "localhost"
        return "\(context.client.isSecure ? "https" : "http")://\(host)" + pages.links.configured
    }
}
