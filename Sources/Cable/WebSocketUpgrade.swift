import Foundation
public import HTTPTypes
public import HummingbirdCore
public import Logging
public import NIOCore

/// HTTP/1.1 with the upgrade to the cable at its path; everything else goes to the responder.
/// With a certificate the socket speaks TLS, and HTTP/2 too for clients that ask for it.
public struct CableHTTPChannel<Principal: Sendable>: ServerChildChannel, HTTPChannelHandler {
    /// Decides from the head of the request, query included, who asks. May be called again if
    /// someone was disconnected while it ran.
    public typealias Admit = @Sendable (HTTPRequest, _ peer: SocketAddress?) async -> CableAdmission<Principal>

    public let responder: HTTPChannelHandler.Responder
    private let admit: Admit
    private let channels: [String: CableChannel<Principal>]
    private let registry: StreamRegistry
    private let settings: HTTPSettings
    private let tls: TLSSource?
    private let caps: ConnectionCaps?

    private static var maximumAdmissions: Int { 4 }
    /// Of what the kernel has taken and not yet sent.
    private static var maximumUnsentBytes: Int { 128 << 10 }

    /// - Parameters:
    ///   - basePath: a prefix under which a proxy may pass the path on, as in `/chat`.
    ///   - errorHeaders: go with answers that no responder gives, as for malformed requests.
    ///   - tls: what to show to clients; nil for a socket without TLS.
    ///   - caps: shared by all listeners that count together.
    ///   - secureAddress: where a request that came without TLS, and should have come with it, is sent; nil: it is refused.
    public init(
        responder: @escaping HTTPChannelHandler.Responder,
        path: String = "/cable",
        basePath: String = "",
        admit: @escaping Admit,
        channels: [CableChannel<Principal>],
        registry: StreamRegistry,
        http limits: HTTPLimits = HTTPLimits(),
        errorHeaders: HTTPFields = [:],
        tls: TLSSource? = nil,
        caps: ConnectionCaps? = nil,
        secureAddress: @escaping @Sendable (HTTPRequest) -> String? = { _ in nil }
    ) {
        self.tls = tls
        self.caps = caps
        self.responder = responder
        self.admit = admit
        self.channels = Dictionary(channels.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.registry = registry
        self.settings = HTTPSettings(
            limits: limits, cablePaths: basePath.isEmpty ? [path] : [path, basePath + path], errorHeaders: errorHeaders,
            secureAddress: secureAddress)
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<CableSocket> {
        channel.eventLoop.makeCompletedFuture {
            let opening = channel.eventLoop.makePromise(of: HTTPConnection.Opening.self)
            let isUpgrading = channel.eventLoop.makePromise(of: Bool.self)
            let codec = HTTPCodec(limits: settings.decoderLimits, isSecure: tls != nil)
            let http = HTTPConnection(settings: settings, codec: codec, opening: opening, isUpgrading: isUpgrading)
            do {
                if caps?.admit(channel) == false {
                    http.giveUp()
                    channel.close(promise: nil)
                } else {
                    try open(channel, http, codec)
                }
            } catch {
                http.giveUp()
                throw error
            }
            return CableSocket(
                channel: channel, opening: opening.futureResult, isUpgrading: isUpgrading.futureResult,
                http: NIOLoopBound(http, eventLoop: channel.eventLoop))
        }
    }

    private func open(_ channel: any Channel, _ http: HTTPConnection, _ codec: HTTPCodec) throws {
        // NIO keeps the read buffer of each socket, so it starts small; uploads make it grow.
        try channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 65536))
        // The kernel would take megabytes for a client that reads nothing, and we would go on making answers for it.
        try channel.syncOptions?.setOption(
            ChannelOptions.socket(SocketOptionLevel(IPPROTO_TCP), SocketOptionName(TCP_NOTSENT_LOWAT)),
            value: SocketOptionValue(Self.maximumUnsentBytes))
        let pipeline = channel.pipeline.syncOperations
        guard let tls else {
            try codec.add(to: pipeline)
            return try pipeline.addHandler(http)
        }
        let settings = settings
        try pipeline.addHandler(
            TLSOpening(source: tls, timeout: settings.tlsTimeout) { inside in
                switch inside {
                case .http1, .nothing:
                    http.isMisplaced = inside == .nothing
                    try codec.add(to: pipeline)
                    try pipeline.addHandler(http)
                case .http2:
                    http.giveWay(to: try HTTP2Connection.add(to: pipeline, settings))
                }
            } failed: {
                if !http.isInPipeline { http.giveUp() }
            })
    }

    public func handle(value socket: CableSocket, logger: Logger) async {
        switch await socket.opened() {
        case .cable: await keepCable(socket, logger)
        case .http(let responding): await serve(responding, socket, logger)
        case .http2(let streams): await serve(streams, socket, logger)
        case .closed: break
        }
    }

    /// Never inlined: its stack would be kept by every cable, see `apart`.
    @inline(never)
    private func serve(_ responding: HTTPConnection.Responding, _ socket: CableSocket, _ logger: Logger) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await keepCable(socket, logger) }  // a later request may ask for it
            await handleHTTP(asyncChannel: responding, logger: logger)
        }
    }

    @inline(never)
    private func serve(_ streams: HTTP2Connection.Streams, _ socket: CableSocket, _ logger: Logger) async {
        await withTaskCancellationHandler {
            do {
                try await withThrowingDiscardingTaskGroup { group in
                    for try await stream in streams.inbound {
                        group.addTask { await handleHTTP(asyncChannel: stream, logger: logger) }
                    }
                }
            } catch {
                logger.debug("HTTP/2 connection failed", metadata: ["error": "\(error)"])
            }
        } onCancel: {
            socket.channel.close(promise: nil)
        }
    }

    /// Waits for a handshake, performs what is asked over the cable, and returns when the socket is closed.
    private func keepCable(_ socket: CableSocket, _ logger: Logger) async {
        guard (try? await socket.isUpgrading.get()) == true else { return }
        if let session = await apart({ await openCable(socket, logger) }) ?? nil {
            while let step = await session.next() {
                _ = await apart { await session.take(step) }
            }
        }
        await socket.closed()
    }

    /// Returns before the connection is served, so that what only the handshake needed is not kept.
    private func openCable(_ socket: CableSocket, _ logger: Logger) async -> CableSession<Principal>? {
        guard let loop = registry.loop(for: socket.channel.eventLoop) else {
            logger.error("The cable runs on other event loops than the server")
            socket.refuse(.internalServerError)
            return nil
        }
        do {
            guard let handshake = try await socket.handshake() else { return nil }
            let response = try await handshake.response(on: loop.eventLoop, channel: socket.channel)
            for _ in 0..<Self.maximumAdmissions {
                let version = try await loop.eventLoop.submit { loop.value.disconnections }.get()
                let admission = await admit(handshake.request, socket.channel.remoteAddress)
                if case .refused(let status) = admission {
                    socket.refuse(status)
                    return nil
                }
                switch try await socket.upgrade(response, admission.tags, loop, disconnections: version) {
                case .upgraded(let connection):
                    guard case .admitted(let identity) = admission else { return nil }
                    return CableSession(
                        principal: identity.principal, channels: channels, connection: connection,
                        eventLoop: loop.eventLoop)
                case .gone: return nil
                case .admitAgain: continue
                }
            }
            socket.refuse(.serviceUnavailable)
        } catch {
            logger.debug("Cable handshake failed", metadata: ["error": "\(error)"])
            try? await socket.channel.close()  // closed already: so be it
        }
        return nil
    }
}

extension CableAdmission {
    /// Nil for nobody.
    fileprivate var tags: [String]? {
        guard case .admitted(let identity) = self else { return nil }
        return identity.tags
    }
}
