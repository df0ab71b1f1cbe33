import Hummingbird

/// Pages about the server that anybody may read.
struct SitePages: Sendable {
    let pages: Pages
    let settings: Settings
    let listeners: Listeners

    private struct About: PageContent {
        static let template = "site/about"
        let title = "About"
    }

    private struct Privacy: PageContent {
        static let template = "site/privacy"
        let title = "Privacy"
    }

    private struct Terms: PageContent {
        static let template = "site/terms"
        let title = "Terms"
    }

    private struct Connection: PageContent {
        static let template = "site/connection"
        let title = "Live connection"
        let snippets: [ProxySnippet]
    }

    /// What a proxy has to pass on; the banner leads here when the page is reachable and its socket is not.
    @Sendable func connection(_ request: Request, _ context: AppContext) async throws -> Response {
        let snippets = ProxySnippet.all(proxy: nil, port: listeners.address(of: .main)?.port ?? settings.port)
        return try await pages.showCard(Connection(snippets: snippets), request, context)
    }

    @Sendable func about(_ request: Request, _ context: AppContext) async throws -> Response {
        try await pages.showCard(About(), request, context)
    }

    @Sendable func privacy(_ request: Request, _ context: AppContext) async throws -> Response {
        try await pages.showCard(Privacy(), request, context)
    }

    @Sendable func terms(_ request: Request, _ context: AppContext) async throws -> Response {
        try await pages.showCard(Terms(), request, context)
    }

    /// A household's chat is nothing for search engines.
    @Sendable func robots(_ request: Request, _ context: AppContext) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: .init(string: "User-agent: *\nDisallow: /\n")))
    }
}
