import HTTPTypes
import NIOCore
import NIOHTTPTypes

extension HTTPConnection {
    /// Answers here, because no responder knows of the request, and never reads another one.
    func refuse(_ status: HTTPResponse.Status, hint: String? = nil, location: String? = nil) {
        guard let context else { return }
        guard unanswered == 0 else {
            closesAfterResponse = true
            phase = .leaving(until: .now() + settings.idleTimeout)
            return watch()
        }
        var (response, body) = settings.answer(status, hint: hint)
        response.headerFields[.location] = location
        // Nothing that is said in the clear may bind a browser (RFC 6797, 7.2).
        if isMisplaced { response.headerFields[.strictTransportSecurity] = nil }
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        leave()
    }

    /// Plain text where TLS is expected, as from whoever types an address without its scheme.
    func refuseMisplaced(_ request: HTTPRequest) {
        let isSafe = request.method == .get || request.method == .head
        guard isSafe, request.headerFields[.upgrade] == nil, settings.refusal(of: request) == nil,
            let address = settings.secureAddress(request)
        else { return refuse(.badRequest, hint: "This port speaks HTTPS only") }
        refuse(.permanentRedirect, hint: "This port speaks HTTPS only", location: address)
    }

    /// Closes our side and throws away what comes for a while: closed at once, the kernel would answer
    /// unread bytes with a reset that takes the response with it.
    func leave() {
        guard let context else { return }
        context.flush()
        closeOutput(context, context.eventLoop.makePromise())
        if isReadWithheld {
            isReadWithheld = false
            context.read()
        }
    }

    /// Done when all that was written has left; from then on the client has a moment to go.
    func closeOutput(_ context: ChannelHandlerContext, _ closed: EventLoopPromise<Void>) {
        phase = .leaving(until: .now() + settings.idleTimeout)
        closed.futureResult.assumeIsolated().whenComplete { [self] _ in
            phase = .leaving(until: .now() + settings.lingerTime)
            watch()
        }
        context.close(mode: .output, promise: closed)
        watch()
    }

    // MARK: Time

    private var deadline: NIODeadline? {
        switch phase {
        case .leaving(let deadline): return deadline
        case .shakingHands, .upgraded: return nil
        case .serving: break
        }
        if let blocked = clock.blockedSince { return blocked + settings.idleTimeout }
        if isReadingRequest { return clock.isReadPending ? clock.bodyUntil : nil }
        return unanswered > 0 ? nil : clock.idleUntil
    }

    func watch() {
        guard let context, let deadline else { return }
        clock.wake(at: deadline, on: context.eventLoop) { [weak self] in self?.wokenUp() }
    }

    private func wokenUp() {
        guard let deadline else { return }
        guard deadline <= .now() else { return watch() }
        // Without this word the responder would take the part of the body that came for all of it.
        if case .serving = phase, isReadingRequest { context?.fireErrorCaught(BrokenRequest()) }
        context?.close(promise: nil)
    }
}
