import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// HTTP/2 over TLS (RFC 9113): each stream is one request for the same responder. There is no cable in it.
enum HTTP2Connection {
    typealias Stream = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias Streams = NIOHTTP2Handler.AsyncStreamMultiplexer<Stream>

    private static let maximumStreams = 100
    /// Resets of streams in `resetWindow`: more is an attack (CVE-2023-44487).
    private static let maximumResets = 200
    private static let resetWindow = TimeAmount.seconds(30)
    /// For what is under way when the server stops.
    private static let graceTime = TimeAmount.seconds(5)

    static func add(to pipeline: ChannelPipeline.SynchronousOperations, _ settings: HTTPSettings) throws -> Streams {
        var http2 = NIOHTTP2Handler.Configuration()
        http2.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: maximumStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: settings.limits.maximumFieldBytes),
        ]
        http2.stream.streamResetFrameRateLimit.maximumCount = maximumResets
        http2.stream.streamResetFrameRateLimit.windowLength = resetWindow
        http2.stream.streamErrorRateLimit.maximumCount = maximumResets
        http2.stream.streamErrorRateLimit.windowLength = resetWindow
        let times = NIOHTTP2ServerConnectionManagementHandler.Configuration(
            maxIdleTime: settings.idleTimeout, maxAge: nil, maxGraceTime: graceTime, keepalive: nil)
        let streams = try pipeline.configureAsyncHTTP2Pipeline(
            mode: .server, connectionManagerConfiguration: times, http2HandlerConfiguration: http2
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTPServerCodec())
                try channel.pipeline.syncOperations.addHandler(HTTP2Stream(settings: settings))
                return try Stream(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
        try pipeline.addHandler(HTTP2Ending())
        // It starts its clock when the channel becomes active, and that was before TLS.
        let manager = try pipeline.handler(type: NIOHTTP2ServerConnectionManagementHandler.self)
        manager.channelActive(context: try pipeline.context(handler: manager))
        return streams
    }
}

/// Closes what cannot be used any more: NIO says so with an error, and leaves the socket open.
private final class HTTP2Ending: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // One stream's trouble is no reason to end the others.
        guard !(error is NIOHTTP2Errors.StreamError) else { return }
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
