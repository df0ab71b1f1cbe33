import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// HTTP/2 over TLS (RFC 9113): each stream is one request for the same responder. There is no cable in it.
///
/// NIO's own handler for the life of a connection closes only after the client has answered a PING, and so never one
/// that does not want to go.
final class HTTP2Connection: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    typealias Stream = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias Streams = NIOHTTP2Handler.AsyncStreamMultiplexer<Stream>

    private static let maximumStreams = 100
    /// Resets of streams in `resetWindow`: more is an attack (CVE-2023-44487).
    private static let maximumResets = 200
    private static let resetWindow = TimeAmount.seconds(30)

    private let settings: HTTPSettings
    private var context: ChannelHandlerContext?
    private var clock = HTTPClock()
    private var openStreams = 0
    private var lastStream = HTTP2StreamID.rootStream
    private var isEnding = false
    private var isLastSaid = false
    private var hasFailed = false

    private init(settings: HTTPSettings) {
        self.settings = settings
    }

    static func add(to pipeline: ChannelPipeline.SynchronousOperations, _ settings: HTTPSettings) throws -> Streams {
        let connection = HTTP2Connection(settings: settings)
        let streams = try pipeline.configureAsyncHTTP2Pipeline(
            mode: .server,
            streamDelegate: Delegate(connection: NIOLoopBound(connection, eventLoop: pipeline.eventLoop)),
            configuration: configuration(settings)
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTPServerCodec())
                try channel.pipeline.syncOperations.addHandler(HTTP2Stream(settings: settings))
                return try Stream(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
        try pipeline.addHandler(connection)
        return streams
    }

    private static func configuration(_ settings: HTTPSettings) -> NIOHTTP2Handler.Configuration {
        var http2 = NIOHTTP2Handler.Configuration()
        http2.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: maximumStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: settings.limits.maximumHeaderBytes),
        ]
        http2.stream.streamResetFrameRateLimit.maximumCount = maximumResets
        http2.stream.streamResetFrameRateLimit.windowLength = resetWindow
        http2.stream.streamErrorRateLimit.maximumCount = maximumResets
        http2.stream.streamErrorRateLimit.windowLength = resetWindow
        return http2
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        clock.idleUntil = .now() + settings.headerTimeout
        watch()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        clock.stop()
        self.context = nil
    }

    // MARK: Streams

    private struct Delegate: NIOHTTP2StreamDelegate {
        let connection: NIOLoopBound<HTTP2Connection>

        func streamCreated(_ id: HTTP2StreamID, channel: any Channel) { connection.value.opened(id) }
        func streamClosed(_ id: HTTP2StreamID, channel: any Channel) { connection.value.closed() }
    }

    private func opened(_ id: HTTP2StreamID) {
        openStreams += 1
        lastStream = max(lastStream, id)
    }

    private func closed() {
        openStreams -= 1
        guard openStreams == 0 else { return }
        if isEnding { return end() }
        clock.idleUntil = .now() + settings.idleTimeout
        watch()
    }

    // MARK: Ending

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: context.close(promise: nil)
        case is ChannelShouldQuiesceEvent: endSoon()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// NIO tells of a stream's error and of the connection's in the same way, and leaves the socket open after either.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !hasFailed else { return context.close(promise: nil) }
        hasFailed = true
        endSoon()
    }

    /// No more, but what is under way is answered.
    private func endSoon() {
        guard openStreams > 0 else { return end() }
        guard !isEnding else { return }
        isEnding = true
        goAway(.maxID, nil)
    }

    /// What the client sent after the last stream that we know of, it may send again elsewhere (RFC 9113, 6.8).
    private func end() {
        guard let context else { return }
        guard !isLastSaid else { return context.close(promise: nil) }
        isLastSaid = true
        // Not at once: responses may wait to be sent before it.
        let said = context.eventLoop.makePromise(of: Void.self)
        said.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        goAway(lastStream, said)
        clock.idleUntil = .now() + settings.idleTimeout
        watch()
    }

    private func goAway(_ last: HTTP2StreamID, _ promise: EventLoopPromise<Void>?) {
        let frame = HTTP2Frame(
            streamID: .rootStream, payload: .goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil))
        context?.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    // MARK: Time

    /// Streams have time limits of their own. Frames that open none do not count, so headers cannot trickle for ever.
    private func watch() {
        guard let context, openStreams == 0 else { return }
        clock.wake(at: clock.idleUntil, on: context.eventLoop) { [weak self] in self?.wokenUp() }
    }

    private func wokenUp() {
        guard openStreams == 0 else { return }
        guard clock.idleUntil <= .now() else { return watch() }
        end()
    }
}
