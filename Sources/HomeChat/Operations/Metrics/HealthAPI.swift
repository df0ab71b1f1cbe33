import Hummingbird
import Storage

/// Whether the server is well, for monitors: no token needed, and none looked at.
struct HealthAPI: Sendable {
    let database: any Database
    let site: Site
    let now: @Sendable () -> Timestamp

    struct Answer: Encodable {
        let status = "ok"
        let timestamp: Timestamp
        let version = Version.current
        let service = "HomeChat"
        let environment = "production"
    }

    struct ServerAnswer: Encodable {
        let service = "HomeChat"
        let name: String
        let version = Version.current
        let api = "v1"
        let ws: String
    }

    /// Reads once: a server that cannot reach its data is not well.
    @Sendable func health(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await database.read { tx in try tx.fetchOne("SELECT 1", as: Int64.self) }
        return try JSONBody.response(Answer(timestamp: now()))
    }

    @Sendable func up(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await database.read { tx in try tx.fetchOne("SELECT 1", as: Int64.self) }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: .init(string: "OK\n")))
    }

    @Sendable func serverInfo(_ request: Request, _ context: AppContext) async throws -> Response {
        try JSONBody.response(ServerAnswer(name: try await site.settings().siteName, ws: "/cable"))
    }
}
