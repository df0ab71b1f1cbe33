import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// Keeps to one stream of HTTP/2 what `HTTPConnection` keeps to HTTP/1: its limits and time limits.
final class HTTP2Stream: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let settings: HTTPSettings
    private var context: ChannelHandlerContext?
    private var clock = HTTPClock()
    private var isReadingRequest = true
    private var isRefused = false
    /// The response is complete, and perhaps on its way still.
    private var leavesAt: NIODeadline?
    private var isAnswered = false

    init(settings: HTTPSettings) {
        self.settings = settings
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        clock.beginBody(settings)
        clock.readAt = .now()
        clock.isReadPending = true
        watch()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        clock.stop()
        self.context = nil
    }

    // MARK: Request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        clock.readAt = .now()
        clock.isReadPending = false
        let part = unwrapInboundIn(data)
        switch part {
        case .head: clock.beginBody(settings)
        case .body(let part): clock.came(part.readableBytes, settings)
        case .end: isReadingRequest = false
        }
        guard !isRefused else { return }
        guard case .head(let request) = part else { return context.fireChannelRead(data) }
        switch settings.http2Request(request) {
        case .failure(let refusal): refuse(refusal.status, context)
        case .success(let request): context.fireChannelRead(wrapInboundOut(.head(request)))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        watch()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if !clock.isReadPending {
            clock.isReadPending = true
            clock.paused(for: .now() - clock.readAt)
            clock.readAt = .now()
            watch()
        }
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(isReadingRequest ? BrokenRequest() : error)
        context.close(promise: nil)
    }

    // MARK: Response

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var response):
            response.headerFields[.connection] = nil  // of HTTP/1 only (RFC 9113, 8.2.2)
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenSuccess { [self] in answered() }
            leavesAt = .now() + settings.idleTimeout
            context.write(data, promise: written)
            watch()
        }
    }

    /// The client has a moment to finish what it sends; if it had finished already, the stream is closed.
    private func answered() {
        isAnswered = true
        leavesAt = .now() + settings.lingerTime
        watch()
    }

    private func refuse(_ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        isRefused = true
        let (response, body) = settings.answer(status)
        write(context: context, data: wrapOutboundOut(.head(response)), promise: nil)
        write(context: context, data: wrapOutboundOut(.body(body)), promise: nil)
        write(context: context, data: wrapOutboundOut(.end(nil)), promise: nil)
        context.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        clock.blockedSince = context.channel.isWritable ? nil : .now()
        watch()
        context.fireChannelWritabilityChanged()
    }

    // MARK: Time

    private var deadline: NIODeadline? {
        if let leavesAt { return leavesAt }
        if let blocked = clock.blockedSince { return blocked + settings.idleTimeout }
        return isReadingRequest && clock.isReadPending ? clock.bodyUntil : nil
    }

    private func watch() {
        guard let context, let deadline else { return }
        clock.wake(at: deadline, on: context.eventLoop) { [weak self] in self?.wokenUp() }
    }

    private func wokenUp() {
        guard let context, let deadline else { return }
        guard deadline <= .now() else { return watch() }
        // The response was whole: only the rest of the request is not wanted (RFC 9113, 8.1).
        if isAnswered {
            context.triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: .noError), promise: nil)
        } else if isReadingRequest {
            context.fireErrorCaught(BrokenRequest())  // what came is not all
        }
        context.close(promise: nil)
    }
}

extension HTTPSettings {
    /// The request as HTTP/1 would have brought it: one host, the scheme of the connection.
    func http2Request(_ request: HTTPRequest) -> Result<HTTPRequest, CableHandshake.Refusal> {
        var request = request
        let fields = request.headerFields
        guard fields.count <= limits.maximumHeaderFields,
            fields.allSatisfy({ $0.value.utf8.count <= limits.maximumFieldBytes })
        else { return .failure(.init(status: .requestHeaderFieldsTooLarge)) }
        if request.method == .connect { return .failure(.init(status: .methodNotAllowed)) }
        guard let host = Self.host(of: request), Self.isPath(request.path, request.method) else {
            return .failure(.init(status: .badRequest))
        }
        request.authority = host
        request.headerFields[.hostField] = nil
        // What the client says of it does not matter: this is TLS.
        request.scheme = "https"
        if let status = refusal(of: request) { return .failure(.init(status: status)) }
        return .success(request)
    }

    /// Nil if there is none, or more than one (RFC 9113, 8.3.1).
    private static func host(of request: HTTPRequest) -> String? {
        let hosts = request.headerFields[values: .hostField]
        guard hosts.count <= 1, let host = request.authority ?? hosts.first, !host.isEmpty else { return nil }
        return hosts.allSatisfy { $0 == host } ? host : nil
    }

    /// NIO has seen to it that there are no control characters (RFC 9113, 8.3.1).
    private static func isPath(_ path: String?, _ method: HTTPRequest.Method) -> Bool {
        path?.utf8.first == UInt8(ascii: "/") || path == "*" && method == .options
    }
}

extension HTTPField.Name {
    // A name that is always valid.
    fileprivate static let hostField = HTTPField.Name("Host")!
}
