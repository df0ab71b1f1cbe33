import Hummingbird

/// Turns changes away while the house is read-only.
///
/// 503 and not 403: nobody is told that something is not theirs, only that it has to wait, and a client that keeps what it
/// wanted to send, as our page does, sends it when the time has come.
struct ReadOnlyGate: RouterMiddleware {
    typealias Context = AppContext

    let mode: ReadOnlyMode

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        if let route = context.endpointPath, !ReadOnlyMode.goesOn(request.method.rawValue, route),
            try await mode.isOn()
        {
            throw ChatError.readOnly
        }
        return try await next(request, context)
    }
}
