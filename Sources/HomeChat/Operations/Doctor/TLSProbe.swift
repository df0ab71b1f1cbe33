import Certificates
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// A connection to the address that people use, by this machine's own list of authorities.
struct TLSProbe: Sendable {
    static let patience = TimeAmount.seconds(5)

    let host: String
    let port: Int
    let isSecure: Bool
    let trust: ProbeTrust

    struct Finding: Sendable {
        let version: String
        let expires: Timestamp
        let names: [String]
    }

    /// What is taken that should not be; nil where nothing is.
    func weakness() async -> (what: String, isOldVersion: Bool)? {
        if await accepts(upTo: .tlsv11) { return ("TLS 1.1 or older is still taken", true) }
        let isLax = await accepts(upTo: .tlsv12, suites: Self.oldSuites)
        return isLax ? ("suites without forward secrecy or in CBC mode are taken", false) : nil
    }

    private static let oldSuites = "AES128-SHA:AES256-SHA:AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA"

    /// - Throws: what is wrong with the chain, the name or the dates.
    func handshake() async throws -> Finding {
        let channel = try await connect(trust.configuration)
        let version = try await channel.nioSSL_tlsVersion().get()
        let certificate = try await channel.nioSSL_peerCertificate().get()
        try? await channel.close()  // the other side may have been first
        guard let certificate else { throw ChatError.malformed("no certificate was sent") }
        let der = try certificate.toDERBytes()
        let host = trust.checksName ? host : nil
        if let objection = await trust.household?.objection(to: der, for: host, at: Date()) {
            throw ChatError.malformed(objection)
        }
        return Finding(
            version: version == .tlsv13 ? "TLS 1.3" : "TLS 1.2",
            expires: Timestamp(milliseconds: Int64(certificate.notValidAfter) * 1000),
            names: ServerCertificate.names(inDER: der))
    }

    /// Whether a handshake with no more than this works; nobody's certificate is looked at.
    func accepts(upTo version: TLSVersion, suites: String? = nil) async -> Bool {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = version
        configuration.certificateVerification = .none
        if let suites { configuration.cipherSuites = suites }
        guard let channel = try? await connect(configuration) else { return false }
        try? await channel.close()
        return true
    }

    /// What the server answers to this, up to the end of the header.
    func head(of request: String) async throws -> String {
        let answer = eventLoop.makePromise(of: String.self)
        let channel: any NIOCore.Channel
        do {
            channel = try await connect(trust.configuration, answer)
            try await channel.writeAndFlush(ByteBuffer(string: request)).get()
        } catch {
            answer.fail(error)
            throw error
        }
        let head = try await answer.futureResult.get()
        try? await channel.close()
        return head
    }

    private var eventLoop: any EventLoop { MultiThreadedEventLoopGroup.singleton.any() }

    private func connect(
        _ configuration: TLSConfiguration, _ answer: EventLoopPromise<String>? = nil
    ) async throws -> any NIOCore.Channel {
        let context = isSecure ? try NIOSSLContext(configuration: configuration) : nil
        let ready = eventLoop.makePromise(of: Void.self)
        let timeout = eventLoop.scheduleTask(in: Self.patience) {
            let problem = ProbeSilence()
            ready.fail(problem)
            answer?.fail(problem)
        }
        defer { if answer == nil { timeout.cancel() } }
        do {
            let connecting = ClientBootstrap(group: eventLoop).connectTimeout(Self.patience)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let context {
                            let name = Network(host) == nil ? host : nil
                            try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                        }
                        try pipeline.addHandler(ProbeHandler(isSecure: isSecure, ready: ready, answer: answer))
                    }
                }
                .connect(host: host, port: port)
            // A resolver may take longer than our patience; what comes of it then is nobody's any more.
            connecting.whenFailure { ready.fail($0) }
            connecting.whenSuccess { channel in
                ready.futureResult.whenFailure { _ in channel.close(promise: nil) }
            }
            try await ready.futureResult.get()
            return try await connecting.get()
        } catch {
            ready.fail(error)
            throw error
        }
    }
}

struct ProbeSilence: Error, CustomStringConvertible {
    let description = "no answer within 5 seconds"
}

/// Whose certificates are believed: those of this machine's list of authorities or, with `tls: local`, of the household's own.
struct ProbeTrust: Sendable {
    fileprivate let household: KnownAuthority?
    /// Off where this machine is asked by its address, and not by the name that people use.
    var checksName = true

    init(_ settings: Settings) {
        household = settings.tls.mode == .local ? KnownAuthority(folder: NativeTLS.folder(settings)) : nil
    }

    var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if !checksName { configuration.certificateVerification = .noHostnameVerification }
        if household != nil { configuration.certificateVerification = .none }  // looked at after the handshake
        return configuration
    }
}

/// Tells when the connection stands, and what comes first.
private final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private static let maximumHead = 64 << 10

    private let isSecure: Bool
    private let ready: EventLoopPromise<Void>
    private let answer: EventLoopPromise<String>?
    private var received = ByteBuffer()

    init(isSecure: Bool, ready: EventLoopPromise<Void>, answer: EventLoopPromise<String>?) {
        self.isSecure = isSecure
        self.ready = ready
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        if !isSecure { ready.succeed() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { ready.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        let text = String(buffer: received)
        if let end = text.range(of: "\r\n\r\n") {
            answer?.succeed(String(text[..<end.lowerBound]))
        } else if received.readableBytes > Self.maximumHead {
            fail(ChatError.malformed("an answer without an end"), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ChatError.malformed("the connection was closed"), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

    /// Promises that are kept already stay so.
    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        ready.fail(error)
        answer?.fail(error)
        context.close(promise: nil)
    }
}
