import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// What all HTTP connections of a server have in common.
struct HTTPSettings: Sendable {
    let limits: HTTPLimits
    /// Where cables are opened: with and without the prefix that a proxy may have taken away.
    let cablePaths: [String]
    let errorHeaders: HTTPFields
    /// Where one who speaks plain text to a TLS port is sent; nil: nowhere.
    var secureAddress: @Sendable (HTTPRequest) -> String? = { _ in nil }

    var headerTimeout: TimeAmount { TimeAmount(limits.headerTimeout) }
    var idleTimeout: TimeAmount { TimeAmount(limits.idleTimeout) }
    var tlsTimeout: TimeAmount { TimeAmount(limits.tlsTimeout) }
    var lingerTime: TimeAmount { TimeAmount(limits.lingerTime) }

    var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldCount = limits.maximumHeaderFields
        configuration.maxHeaderFieldSize = limits.maximumFieldBytes
        configuration.maxHeaderListSize = limits.maximumHeaderBytes
        return configuration
    }

    func isForCable(_ request: HTTPRequest) -> Bool {
        guard let path = request.path, CableHandshake.isAsked(by: request) else { return false }
        return cablePaths.contains { $0.utf8.elementsEqual(path.utf8.prefix { $0 != UInt8(ascii: "?") }) }
    }

    /// What no responder should see.
    func refusal(of request: HTTPRequest) -> HTTPResponse.Status? {
        if (request.path?.utf8.count ?? 0) > limits.maximumTargetBytes { return .uriTooLong }
        // The codec has taken the first Host away: this is a second one, and proxies may have believed that.
        if request.headerFields.contains(where: { $0.name.canonicalName == "host" }) { return .badRequest }
        return nil
    }

    /// - Parameter hint: instead of the name of the status; without quotes.
    func answer(_ status: HTTPResponse.Status, hint: String? = nil) -> (HTTPResponse, ByteBuffer) {
        let body = ByteBuffer(string: #"{"success":false,"error":"\#(hint ?? status.reasonPhrase)"}"#)
        var response = HTTPResponse(status: status, headerFields: errorHeaders)
        response.headerFields[.contentType] = "application/json"
        response.headerFields[.contentLength] = String(body.readableBytes)
        response.headerFields[.connection] = "close"
        if status == .upgradeRequired { response.headerFields[.secWebSocketVersion] = "13" }
        return (response, body)
    }
}

/// The handlers that make HTTP of bytes, kept so that they can be taken out again.
struct HTTPCodec {
    let encoder = HTTPResponseEncoder()
    let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    let types: HTTP1ToHTTPServerCodec

    init(limits: NIOHTTPDecoderLimitConfiguration, isSecure: Bool) {
        types = HTTP1ToHTTPServerCodec(secure: isSecure)
        decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    }

    func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandler(encoder)
        try pipeline.addHandler(decoder)
        try pipeline.addHandler(types)
    }

    /// The decoder goes last: what it has read and not used belongs to the next protocol.
    func remove(from pipeline: ChannelPipeline.SynchronousOperations) {
        pipeline.removeHandler(types, promise: nil)
        pipeline.removeHandler(encoder, promise: nil)
        pipeline.removeHandler(decoder, promise: nil)
    }
}
