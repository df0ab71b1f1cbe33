import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization
import Testing

/// A socket that sends any bytes, and a reader of what the server answers.
final class RawClient: Sendable {
    struct Frame: Equatable, Sendable {
        var opcode: UInt8
        var payload: [UInt8]
        var text: String { String(decoding: payload, as: UTF8.self) }
        var closeCode: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    struct Silence: Error, CustomStringConvertible {
        var description: String
    }

    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
        var serial: [UInt8] = []
        var negotiated: String?
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let client: RawClient
        init(_ client: RawClient) { self.client = client }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            client.state.withLock { $0.bytes += buffer.readableBytesView }
        }
        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case TLSUserEvent.handshakeCompleted(let negotiated) = event else { return }
            client.state.withLock { $0.negotiated = negotiated ?? "none" }
        }
        func channelInactive(context: ChannelHandlerContext) { client.state.withLock { $0.isClosed = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private let state = Mutex(State())
    private let socket = Mutex<(any Channel)?>(nil)

    /// What a client says of itself in the TLS handshake.
    struct TLS: Sendable {
        var protocols: [String] = []
        var serverName: String? = "chat.example"
        var isOld = false
    }

    /// - Parameter source: the address that the server sees.
    static func connect(to port: Int, tls: TLS? = nil, from source: String? = nil) async throws -> RawClient {
        let client = RawClient()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        let channel =
            try await bootstrap
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(client.handler(tls)) }
                    try channel.pipeline.syncOperations.addHandler(Collector(client))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        client.socket.withLock { $0 = channel }
        return client
    }

    private func handler(_ tls: TLS) throws -> NIOSSLClientHandler {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        configuration.applicationProtocols = tls.protocols
        if tls.isOld {
            configuration.minimumTLSVersion = .tlsv1
            configuration.maximumTLSVersion = .tlsv11
        }
        return try NIOSSLClientHandler(
            context: NIOSSLContext(configuration: configuration), serverHostname: tls.serverName,
            customVerificationCallback: { [self] certificates, verified in
                state.withLock { $0.serial = certificates.first?.serialNumber ?? [] }
                verified.succeed(.certificateVerified)
            })
    }

    /// Of the certificate that the server showed.
    var serial: [UInt8] { state.withLock { $0.serial } }
    /// Nil before the TLS handshake is complete.
    var negotiated: String? { state.withLock { $0.negotiated } }

    private var channel: any Channel {
        get throws { try #require(socket.withLock { $0 }) }
    }

    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }
    func resumeReading() async throws { try await channel.setOption(.autoRead, value: true).get() }
    func close() async throws { try await channel.close().get() }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var received: [UInt8] { state.withLock { $0.bytes } }

    // MARK: Bytes

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// A socket that the server has closed already takes nothing: what it said before is what counts.
    func send(_ bytes: [UInt8]) async throws {
        try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    func take<T>(within limit: Duration = .seconds(20), _ read: (inout [UInt8]) -> T?) async throws -> T {
        let deadline = ContinuousClock.now + limit
        while true {
            if let value = state.withLock({ read(&$0.bytes) }) { return value }
            guard ContinuousClock.now < deadline else {
                throw Silence(description: "got only \(String(decoding: received.prefix(300), as: UTF8.self))")
            }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    // MARK: HTTP

    /// The head of the next response, and its body as far as it announces one.
    func response() async throws -> (head: String, body: String) {
        let head = try await take { bytes -> String? in
            guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            defer { bytes.removeFirst(end.upperBound) }
            return String(decoding: bytes[..<end.upperBound], as: UTF8.self)
        }
        let length =
            head.lowercased().split(separator: "content-length: ").dropFirst().first
            .flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        let body = try await take { bytes -> String? in
            guard bytes.count >= length else { return nil }
            defer { bytes.removeFirst(length) }
            return String(decoding: bytes[..<length], as: UTF8.self)
        }
        return (head, body)
    }

    static func handshake(_ path: String, _ headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: chat.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(headers)\r\n"
    }

    func upgrade(_ path: String = "/cable?token=ana", _ headers: String = "") async throws {
        try await send(Self.handshake(path, headers))
        let response = try await response()
        try #require(response.head.hasPrefix("HTTP/1.1 101 "), "\(response)")
    }

    // MARK: Frames

    static func frame(
        _ first: UInt8, _ payload: [UInt8], masked: Bool = true, announcing length: Int? = nil
    ) -> [UInt8] {
        let length = length ?? payload.count
        let mask: [UInt8] = [1, 2, 3, 250]
        var frame = [first]
        let bit: UInt8 = masked ? 0x80 : 0
        switch length {
        case ..<126: frame.append(bit | UInt8(length))
        case ..<65536: frame += [bit | 126, UInt8(length >> 8), UInt8(length & 255)]
        default: frame += [bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
        }
        guard masked else { return frame + payload }
        return frame + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    func send(frame first: UInt8, _ payload: [UInt8] = []) async throws { try await send(Self.frame(first, payload)) }
    func send(text: String) async throws { try await send(Self.frame(0x81, Array(text.utf8))) }

    /// The next frame that is no cable ping.
    func next(within limit: Duration = .seconds(20)) async throws -> Frame {
        while true {
            let frame = try await take(within: limit, Self.frame(in:))
            if !frame.text.hasPrefix(#"{"type":"ping""#) { return frame }
        }
    }

    func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await next().text == text, sourceLocation: sourceLocation)
    }

    /// Whatever comes before it, the close frame and its code.
    func closeCode(within limit: Duration = .seconds(20)) async throws -> Int? {
        while true {
            let frame = try await next(within: limit)
            if frame.opcode == 8 { return frame.closeCode }
        }
    }

    /// Everything that has come so far, without waiting.
    func waiting() -> [Frame] {
        state.withLock { state in
            var frames: [Frame] = []
            while let frame = Self.frame(in: &state.bytes) { frames.append(frame) }
            return frames.filter { !$0.text.hasPrefix(#"{"type":"ping""#) }
        }
    }

    private static func frame(in bytes: inout [UInt8]) -> Frame? {
        guard bytes.count >= 2 else { return nil }
        var start = 2
        var length = Int(bytes[1] & 0x7F)
        if length >= 126 {
            let count = length == 126 ? 2 : 8
            guard bytes.count >= start + count else { return nil }
            length = bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
            start += count
        }
        guard bytes.count >= start + length else { return nil }
        defer { bytes.removeFirst(start + length) }
        return Frame(opcode: bytes[0] & 0x0F, payload: Array(bytes[start..<start + length]))
    }
}

/// An identifier as a client spells it: the JSON inside the string.
struct Spelling {
    let json: String
    static func chat(_ channel: Int) -> Self { Self(json: #"{"channel":"ChatChannel","channel_id":\#(channel)}"#) }
    static let everything = Self(json: #"{"channel":"ChatChannel"}"#)

    /// As a JSON string.
    var quoted: String { "\"" + json.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
    func command(_ name: String, _ more: String = "") -> String {
        #"{"command":"\#(name)","identifier":\#(quoted)\#(more)}"#
    }
    var confirmation: String { #"{"identifier":\#(quoted),"type":"confirm_subscription"}"# }
    var rejection: String { #"{"identifier":\#(quoted),"type":"reject_subscription"}"# }
    func message(_ text: String) -> String { #"{"identifier":\#(quoted),"message":"\#(text)"}"# }
}

extension RawClient {
    func subscribe(to spelling: Spelling, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await send(text: spelling.command("subscribe"))
        try await expect(spelling.confirmation, sourceLocation: sourceLocation)
    }
}
