import HTTPTypes
import NIOCore
import NIOHTTPTypes

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
    private var refusedUntil: NIODeadline?

    init(settings: HTTPSettings) {
        self.settings = settings
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        clock.readAt = .now()
        clock.isReadPending = true
        watch()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        clock.stop()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        clock.readAt = .now()
        clock.isReadPending = false
        let part = unwrapInboundIn(data)
        if case .end = part { isReadingRequest = false }
        guard refusedUntil == nil else { return }
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
            clock.readAt = .now()
            watch()
        }
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Of HTTP/1 only (RFC 9113, 8.2.2).
        guard case .head(var response) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        response.headerFields[.connection] = nil
        context.write(wrapOutboundOut(.head(response)), promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        clock.blockedSince = context.channel.isWritable ? nil : .now()
        watch()
        context.fireChannelWritabilityChanged()
    }

    private func refuse(_ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        refusedUntil = .now() + settings.lingerTime
        let (response, body) = settings.answer(status)
        write(context: context, data: wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        watch()
    }

    // MARK: Time

    private var deadline: NIODeadline? {
        if let refusedUntil { return refusedUntil }
        if let blocked = clock.blockedSince { return blocked + settings.idleTimeout }
        return isReadingRequest && clock.isReadPending ? clock.readAt + settings.headerTimeout : nil
    }

    private func watch() {
        guard let context, let deadline else { return }
        clock.wake(at: deadline, on: context.eventLoop) { [weak self] in self?.wokenUp() }
    }

    private func wokenUp() {
        guard let deadline else { return }
        guard deadline <= .now() else { return watch() }
        context?.close(promise: nil)
    }
}

extension HTTPSettings {
    /// The request as HTTP/1 would have brought it: one host, the scheme of the connection.
    func http2Request(_ request: HTTPRequest) -> Result<HTTPRequest, CableHandshake.Refusal> {
        var request = request
        if request.headerFields.count > limits.maximumHeaderFields {
            return .failure(.init(status: .requestHeaderFieldsTooLarge))
        }
        if request.method == .connect { return .failure(.init(status: .methodNotAllowed)) }
        if let name = HTTPField.Name("host") {
            let hosts = request.headerFields[values: name]
            guard hosts.count <= 1, let host = request.authority ?? hosts.first, !host.isEmpty,
                hosts.allSatisfy({ $0 == host })
            else { return .failure(.init(status: .badRequest)) }
            request.authority = host
            request.headerFields[name] = nil
        }
        // What the client says of it does not matter: this is TLS.
        request.scheme = "https"
        if let status = refusal(of: request) { return .failure(.init(status: status)) }
        return .success(request)
    }
}
