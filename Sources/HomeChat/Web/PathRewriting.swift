import Hummingbird

/// Takes the base path off, and the `.json` that Rails clients may add to API paths, before routes are looked up.
struct PathRewriting<Next: HTTPResponder>: HTTPResponder where Next.Context == AppContext {
    let next: Next
    let basePath: String

    func respond(to request: Request, context: AppContext) async throws -> Response {
        guard let target = request.head.path, let path = rewritten(target) else {
            return try await next.respond(to: request, context: context)
        }
        var head = request.head
        head.path = path
        return try await next.respond(to: Request(head: head, body: request.body), context: context)
    }

    /// nil: as it is.
    private func rewritten(_ target: String) -> String? {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts[0]
        if !basePath.isEmpty, path == basePath || path.hasPrefix(basePath + "/") {
            path = path.dropFirst(basePath.count)
        }
        if path.isEmpty { path = "/" }
        if path.hasPrefix("/api/v1/"), path.hasSuffix(".json"), !path.hasSuffix("/openapi.json") {
            path = path.dropLast(5)
        }
        guard path != parts[0] else { return nil }
        return parts.count > 1 ? "\(path)?\(parts[1])" : String(path)
    }
}
