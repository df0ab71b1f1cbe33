import Hummingbird
import NIOCore

/// Nothing is done for a banned network: the answer is made of nothing but words.
struct BanGate: RouterMiddleware {
    typealias Context = AppContext

    let bans: BanList
    let counters: Counters
    let now: @Sendable () -> Timestamp

    private static let page = """
        <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>Banned</title><h1>This network is shut out</h1>
        <p>An admin of this server has banned the network that you come from.</p></html>
        """

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        guard bans.contains(context.client.ip, at: now()) else { return try await next(request, context) }
        counters.count(.refused, "ban")
        if request.wantsJSON {
            return ErrorAnswer(ChatError.forbidden("this network is banned"), requestID: context.id).json
        }
        return Response(
            status: .forbidden, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: Self.page)))
    }
}
