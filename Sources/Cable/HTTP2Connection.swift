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
    private static let graceTime = TimeAmount.seconds(10)

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
        return try pipeline.configureAsyncHTTP2Pipeline(
            mode: .server, connectionManagerConfiguration: times, http2HandlerConfiguration: http2
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTPServerCodec())
                try channel.pipeline.syncOperations.addHandler(HTTP2Stream(settings: settings))
                return try Stream(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
    }
}
