import Foundation
public import NIOCore

/// Stops taking new sockets for a moment when the system has none to give.
///
/// NIO has a pause of its own, but goes on being woken for the client that waits, and spends a processor on it.
public final class AcceptPause: ChannelInboundHandler {
    public typealias InboundIn = any Channel

    private static let time = TimeAmount.seconds(1)
    private var isPaused = false

    private init() {}

    /// - Parameter listener: the channel that takes the sockets of a server.
    public static func add(to listener: any Channel) async throws {
        try await listener.eventLoop.submit {
            // The handler of NIO behind it keeps such errors to itself.
            try listener.pipeline.syncOperations.addHandler(AcceptPause(), position: .first)
        }.get()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError, error.errnoCode != ECONNABORTED, !isPaused { pause(context) }
        context.fireErrorCaught(error)
    }

    private func pause(_ context: ChannelHandlerContext) {
        isPaused = true
        let listener = context.channel
        try? listener.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.time) { [self] in
            isPaused = false
            try? listener.syncOptions?.setOption(.autoRead, value: true)  // closed meanwhile: so be it
        }
    }
}
