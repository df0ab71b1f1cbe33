import NIOCore
import NIOSSL
import NIOTLS

/// The first bytes of a socket that should speak TLS. Goes away as soon as it is known what is spoken inside.
final class TLSOpening: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Inside {
        case http1
        case http2
        /// HTTP/1 in plain text: it can only be told so.
        case nothing
    }

    private let source: TLSSource
    private let timeout: TimeAmount
    private let opened: (Inside) throws -> Void
    private let failed: () -> Void

    private var first = ByteBuffer()
    private var isEncrypted = false
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - opened: adds the handlers for what is inside.
    ///   - failed: nothing will be opened any more. May be called after `opened`.
    init(
        source: TLSSource, timeout: TimeAmount,
        opened: @escaping (Inside) throws -> Void, failed: @escaping () -> Void
    ) {
        self.source = source
        self.timeout = timeout
        self.opened = opened
        self.failed = failed
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [channel = context.channel] in
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        failed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEncrypted else { return context.fireChannelRead(data) }
        first.writeImmutableBuffer(unwrapInboundIn(data))
        guard let byte = first.getInteger(at: first.readerIndex, as: UInt8.self) else { return }
        guard byte == ClientHello.recordType else { return takePlain(context, byte) }
        guard case .complete(let hello) = ClientHello.read(first) else { return }
        encrypt(context, source.context(for: hello))
    }

    private func encrypt(_ context: ChannelHandlerContext, _ tls: NIOSSLContext) {
        isEncrypted = true
        let bytes = first
        first = ByteBuffer()
        do {
            try context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .before(self))
        } catch {
            return context.close(promise: nil)
        }
        context.pipeline.syncOperations.fireChannelRead(NIOAny(bytes))
    }

    /// Methods of HTTP are in capitals; what else it may be gets no answer.
    private func takePlain(_ context: ChannelHandlerContext, _ byte: UInt8) {
        guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) else { return context.close(promise: nil) }
        let pipeline = context.pipeline.syncOperations
        open(context, .nothing)
        pipeline.fireChannelRead(NIOAny(first))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted(ApplicationProtocol.challenge): context.close(promise: nil)
        case TLSUserEvent.handshakeCompleted(let negotiated):
            open(context, negotiated == ApplicationProtocol.http2 ? .http2 : .http1)
        case is ChannelShouldQuiesceEvent, ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func open(_ context: ChannelHandlerContext, _ inside: Inside) {
        do {
            try opened(inside)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
