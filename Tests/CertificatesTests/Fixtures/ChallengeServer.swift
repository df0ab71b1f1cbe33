import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

@testable import Certificates

/// Answers challenges as a server would: on a port for HTTP and on one for TLS.
final class ChallengeServer: ChallengeSolver {
    struct State: Sendable {
        var authorizations: [String: String] = [:]
        var certificates: [String: ServerCertificate] = [:]
        /// What `ChallengeServer` was asked, as `http PATH` and `tls`.
        var asked: [String] = []
        /// Answers with what the authority does not expect.
        var isWrong = false
    }

    let state = Mutex(State())
    private let channels = Mutex<[any Channel]>([])

    static func start(httpPort: Int, tlsPort: Int) async throws -> ChallengeServer {
        let server = ChallengeServer()
        let http = try await bootstrap { channel in
            channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                try channel.pipeline.syncOperations.addHandler(HTTPAnswer(server: server))
            }
        }.bind(host: "127.0.0.1", port: httpPort).get()
        let tls = try await bootstrap { channel in
            channel.eventLoop.makeCompletedFuture { try server.addTLS(to: channel) }
        }.bind(host: "127.0.0.1", port: tlsPort).get()
        server.channels.withLock { $0 = [http, tls] }
        return server
    }

    func stop() async throws {
        for channel in channels.withLock({ $0 }) { try await channel.close() }
    }

    func present(token: String, keyAuthorization: String) {
        state.withLock { $0.authorizations[token] = $0.isWrong ? "\(token).wrong" : keyAuthorization }
    }

    func presentALPN(domain: String, certificate: ServerCertificate) {
        state.withLock { $0.certificates[domain] = certificate }
    }

    func remove(token: String, domain: String) {
        state.withLock {
            $0.authorizations[token] = nil
            $0.certificates[domain] = nil
        }
    }

    private static func bootstrap(
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer(initialize)
    }

    /// One name at a time is enough here; a real server chooses by the name that the client asks for.
    private func addTLS(to channel: any Channel) throws {
        let certificate = state.withLock { state -> ServerCertificate? in
            state.asked.append("tls")
            return state.certificates.values.first
        }
        guard let certificate else { throw ChannelError.eof }
        try channel.pipeline.syncOperations.addHandler(
            NIOSSLServerHandler(context: certificate.context(protocols: ["acme-tls/1"])))
    }

    fileprivate func answer(to path: String) -> String? {
        state.withLock { state in
            state.asked.append("http \(path)")
            let prefix = "/.well-known/acme-challenge/"
            return path.hasPrefix(prefix) ? state.authorizations[String(path.dropFirst(prefix.count))] : nil
        }
    }
}

extension ServerCertificate {
    func context(protocols: [String] = []) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try chain.map { .certificate(try NIOSSLCertificate(bytes: $0, format: .der)) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem)))
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }
}

private final class HTTPAnswer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    let server: ChallengeServer

    init(server: ChallengeServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let request) = unwrapInboundIn(data) else { return }
        let body = server.answer(to: request.uri)
        let headers = HTTPHeaders([("Content-Length", "\(body?.utf8.count ?? 0)"), ("Connection", "close")])
        context.write(
            wrapOutboundOut(.head(.init(version: .http1_1, status: body == nil ? .notFound : .ok, headers: headers))),
            promise: nil)
        if let body {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

/// Speaks TLS, waits for a request and answers with bytes that the test chose.
struct HostileServer {
    let channel: any Channel

    var url: String { "https://localhost:\(channel.localAddress?.port ?? 0)/dir" }

    static func start(
        showing certificate: ServerCertificate, answering answer: String, thenTrickle: Bool = false
    ) async throws -> HostileServer {
        let context = try certificate.context()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        NIOSSLServerHandler(context: context), RawAnswer(answer: answer, trickles: thenTrickle))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        return HostileServer(channel: channel)
    }
}

private final class RawAnswer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let answer: String
    let trickles: Bool

    init(answer: String, trickles: Bool) {
        self.answer = answer
        self.trickles = trickles
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        guard trickles else { return }
        let channel = context.channel
        context.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(50), delay: .milliseconds(50)) { task in
            if channel.isActive { channel.writeAndFlush(ByteBuffer(string: " "), promise: nil) } else { task.cancel() }
        }
    }
}
