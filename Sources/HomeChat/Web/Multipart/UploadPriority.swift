import Hummingbird

/// Requests that bring files are worked on behind all others from their first step on: of a hundred at once each would else
/// stand in line before somebody's message.
struct UploadPriority: RouterMiddleware {
    typealias Context = AppContext

    /// A form with less is done before it would have got into the lane. In bytes.
    private static let smallForm = 64 << 10

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        let length = request.headers[.contentLength].flatMap { Int($0) }
        guard Upload.isForm(request), length.map({ $0 > Self.smallForm }) ?? true else {
            return try await next(request, context)
        }
        return try await withTaskExecutorPreference(UploadLane.shared) { try await next(request, context) }
    }
}
