import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOPosix

extension HTTPConnection {
    /// What was asked for, as long as it is not answered.
    var handshake: CableHandshake? {
        guard case .shakingHands(let handshake) = phase else { return nil }
        return handshake
    }

    /// Hands the socket over. Nil if it is no longer there, or is not ours to hand over.
    func upgrade(_ response: HTTPResponse, to connection: CableConnection) -> CableConnection? {
        guard case .shakingHands = phase, let context, context.channel.isActive else { return nil }
        let pipeline = context.pipeline.syncOperations
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        context.flush()
        phase = .upgraded
        let channel = context.channel
        Self.tune(channel, connection.limits)
        do {
            try pipeline.addHandler(connection, position: .after(self))
        } catch {
            context.close(promise: nil)
            return nil
        }
        codec?.remove(from: pipeline)  // before ourselves: when we are removed, we forget it
        pipeline.removeHandler(self, promise: nil)
        if isReadWithheld { channel.read() }
        return connection
    }

    /// Cables are many, long-lived and quiet.
    private static func tune(_ channel: any Channel, _ limits: CableLimits) {
        guard let options = channel.syncOptions else { return }
        // Each is an improvement only; a Unix domain socket refuses those of TCP.
        try? options.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 256, initial: 512, maximum: 16384))
        try? options.setOption(.maxMessagesPerRead, value: 1)
        try? options.setOption(.socketOption(.so_keepalive), value: 1)
        #if os(Linux)
            // TCP_USER_TIMEOUT: pings that nobody acknowledges end the connection.
            let milliseconds = limits.deadPeerTimeout.components.seconds * 1000
            let userTimeout = ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: 18))
            try? options.setOption(userTimeout, value: SocketOptionValue(clamping: milliseconds))
        #endif
    }
}
