import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// The HTTP side of one socket: keeps its time limits, refuses what is malformed, and hands over to the cable.
///
/// NIO's own upgrade handler looks at the first request of a connection only. Proxies reuse connections,
/// so this one looks at each. Placed after the HTTP codec; the responder's handler is added behind it
/// with the first request that is not for the cable, so that a cable connection never pays for it.
final class HTTPConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    typealias Responding = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    enum Opening: Sendable {
        case http(Responding)
        /// TLS has found out that the client prefers it.
        case http2(HTTP2Connection.Streams)
        /// The first request is for the cable.
        case cable
        case closed
    }

    enum Phase {
        case serving
        /// Whether it may is being found out; nothing is read meanwhile.
        case shakingHands(CableHandshake)
        /// Answered for the last time; what still comes is thrown away.
        case leaving(until: NIODeadline)
        case upgraded
    }

    let settings: HTTPSettings
    /// Nil after the upgrade: this object lives as long as its socket, and the parser is not small.
    var codec: HTTPCodec?
    var phase = Phase.serving
    /// Spoken in plain text where TLS is expected: refused, whatever it asks for.
    var isMisplaced = false
    var context: ChannelHandlerContext?
    var isReadWithheld = false

    private let opening: EventLoopPromise<Opening>
    private let isUpgrading: EventLoopPromise<Bool>
    private var isOpeningKnown = false
    private var isUpgradeKnown = false

    /// Requests that were passed on and whose response is not complete.
    var unanswered = 0
    var isReadingRequest = false
    var closesAfterResponse = false
    var clock = HTTPClock()

    init(
        settings: HTTPSettings, codec: HTTPCodec,
        opening: EventLoopPromise<Opening>, isUpgrading: EventLoopPromise<Bool>
    ) {
        self.settings = settings
        self.codec = codec
        self.opening = opening
        self.isUpgrading = isUpgrading
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        clock.idleUntil = .now() + settings.headerTimeout
        watch()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        giveUp()
        codec = nil
        clock.stop()
        self.context = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .serving = phase else { return finishHandshakeRequest(data) }
        switch unwrapInboundIn(data) {
        case .head(let request):
            isReadingRequest = true
            clock.beginBody(settings)
            if isMisplaced { return refuseMisplaced(request) }
            if let status = settings.refusal(of: request) { return refuse(status) }
            if settings.isForCable(request) { return shakeHands(request) }
            // The decoder stops behind any request to upgrade, whatever to.
            if request.headerFields[.upgrade] != nil || request.method == .connect { closesAfterResponse = true }
            passOn(data, context)
        case .body(let part):
            clock.came(part.readableBytes, settings)
            context.fireChannelRead(data)
        case .end:
            isReadingRequest = false
            context.fireChannelRead(data)
        }
    }

    /// What is read before somebody wants it, in parts of up to 64 KiB: of a hundred uploads at once all this comes in one turn
    /// of the event loop, before anybody's message.
    private static let ahead = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(
        lowWatermark: 1, highWatermark: 2)

    private func passOn(_ head: NIOAny, _ context: ChannelHandlerContext) {
        unanswered += 1
        if !isOpeningKnown {
            try? context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)  // an improvement only
            do {
                know(
                    .http(
                        try Responding(
                            wrappingChannelSynchronously: context.channel,
                            configuration: .init(
                                backPressureStrategy: Self.ahead, isOutboundHalfClosureEnabled: true))))
            } catch {
                return context.close(promise: nil)
            }
        }
        context.fireChannelRead(head)
    }

    private func shakeHands(_ request: HTTPRequest) {
        switch CableHandshake.read(request) {
        case .failure(let refusal): refuse(refusal.status)
        case .success where unanswered > 0: refuse(.badRequest)  // pipelined: its answer would overtake another
        case .success(let handshake): phase = .shakingHands(handshake)
        }
    }

    private func finishHandshakeRequest(_ data: NIOAny) {
        guard case .shakingHands = phase, case .end = unwrapInboundIn(data) else { return }
        know(.cable)
        know(upgrading: true)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes came, but no head: from here on the client may take no longer than for a first request.
        if case .serving = phase, unanswered == 0, !isReadingRequest, !clock.hasHeadBegun {
            clock.hasHeadBegun = true
            clock.idleUntil = min(clock.idleUntil, .now() + settings.headerTimeout)
            watch()
        } else if isReadingRequest {
            watch()
        }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if case .shakingHands = phase {
            isReadWithheld = true
        } else {
            clock.isReadPending = true
            context.read()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Many clients end without the last word of TLS. That the input has ended is said apart from this.
        if error as? NIOSSLError == .uncleanShutdown { return }
        guard case .serving = phase else { return context.close(promise: nil) }
        // Whether the responder is in the middle of a body.
        let breaksBody = isReadingRequest && unanswered > 0
        guard error is HTTPParserError || error is HTTP1TypeConversionError else {
            context.fireErrorCaught(breaksBody ? BrokenRequest() : error)
            return context.close(promise: nil)
        }
        if breaksBody {
            closesAfterResponse = true
            context.fireErrorCaught(BrokenRequest())
        } else {
            switch error as? HTTPParserError {
            case .headerOverflow: refuse(.requestHeaderFieldsTooLarge)
            case .invalidMethod: refuse(.notImplemented)
            default: refuse(.badRequest)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent where unanswered == 0: context.close(promise: nil)
        case is ChannelShouldQuiesceEvent: closesAfterResponse = true
        case ChannelEvent.inputClosed where !isOpeningKnown: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var response) where closesAfterResponse && unanswered <= 1 && response.status.kind != .informational:
            response.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .end:
            context.write(data, promise: promise)
            answered()
        default:
            context.write(data, promise: promise)
        }
    }

    private func answered() {
        unanswered = max(0, unanswered - 1)
        guard unanswered == 0 else { return }
        if closesAfterResponse { return leave() }
        clock.hasHeadBegun = false
        clock.idleUntil = .now() + settings.idleTimeout
        watch()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        clock.blockedSince = context.channel.isWritable ? nil : .now()
        watch()
        context.fireChannelWritabilityChanged()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, case .serving = phase else { return context.close(mode: mode, promise: promise) }
        closeOutput(context, promise ?? context.eventLoop.makePromise())
    }

    // MARK: What is known

    var isInPipeline: Bool { context != nil }

    /// Nothing will come: the socket is closed before this handler is part of it.
    func giveUp() {
        know(.closed)
        know(upgrading: false)
    }

    func giveWay(to streams: HTTP2Connection.Streams) {
        know(.http2(streams))
        know(upgrading: false)
    }

    private func know(_ opening: Opening) {
        guard !isOpeningKnown else { return }
        isOpeningKnown = true
        self.opening.succeed(opening)
    }

    private func know(upgrading: Bool) {
        guard !isUpgradeKnown else { return }
        isUpgradeKnown = true
        isUpgrading.succeed(upgrading)
    }
}
