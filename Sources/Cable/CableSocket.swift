import HTTPTypes
public import HummingbirdCore
public import NIOCore
import NIOHTTPTypes

/// An accepted socket, of which it is not yet known what it wants.
public struct CableSocket: ServerChildChannelValue {
    public let channel: any Channel
    let opening: EventLoopFuture<HTTPConnection.Opening>
    let isUpgrading: EventLoopFuture<Bool>
    let http: NIOLoopBound<HTTPConnection>

    enum Upgrade: Sendable {
        case upgraded(NIOLoopBound<CableConnection>)
        case gone
        /// Somebody was disconnected while it was admitted, perhaps this one: it had no tag to be found by.
        case admitAgain
    }

    /// Not kept here: the socket lives long, and a request is not small.
    func handshake() async throws -> CableHandshake? {
        try await channel.eventLoop.submit { http.value.handshake }.get()
    }

    @inline(never)
    func opened() async -> HTTPConnection.Opening {
        await withTaskCancellationHandler {
            // It fails only if `setup` did, and then there is nothing to handle.
            (try? await opening.get()) ?? .closed
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    @inline(never)
    func closed() async {
        await withTaskCancellationHandler {
            try? await channel.closeFuture.get()  // never fails
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    func refuse(_ status: HTTPResponse.Status) {
        channel.eventLoop.execute { http.value.refuse(status) }
    }

    /// From HTTP to the first frame without leaving the event loop. `tags` nil: told that it is unauthorized.
    func upgrade(
        _ response: HTTPResponse, _ tags: [String]?, _ loop: StreamLoop.Handle, disconnections: Int
    ) async throws -> Upgrade {
        try await channel.eventLoop.submit {
            let loop = loop.value
            guard loop.isShuttingDown || loop.disconnections == disconnections else { return .admitAgain }
            let fresh = CableConnection(tags: tags ?? [], loop: loop)
            guard let connection = http.value.upgrade(response, to: fresh) else { return .gone }
            if tags == nil {
                connection.disconnect(reason: "unauthorized", reconnect: false, code: .normalClosure)
            } else if loop.isShuttingDown {
                connection.disconnect(reason: "server_restart", reconnect: true, code: .goingAway)
            } else {
                connection.write(CableFrame.welcome)
            }
            return .upgraded(NIOLoopBound(connection, eventLoop: loop.eventLoop))
        }.get()
    }
}
