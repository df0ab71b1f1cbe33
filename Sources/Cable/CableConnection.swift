import NIOCore
import NIOWebSocket

/// One WebSocket that speaks the cable protocol: reads frames, writes frames, knows its subscriptions.
/// The only handler in its pipeline, confined to its event loop; what has to wait runs in its `CableSession`.
final class CableConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        case open
        /// Told to go: it hears nothing, and what it still sends is thrown away.
        case closing
        case closed
    }

    let tags: [String]
    let loop: StreamLoop
    /// Its place among the connections of the loop.
    var index = 0
    var subscriptions: [CableIdentifier: Subscription] = [:]
    /// How many subscriptions have not settled: deliveries look at one of them only if there is any.
    var settling = 0
    var heldBytes = 0
    var queue: CommandQueue

    private(set) var phase = Phase.open
    private(set) var changes = 0
    private var context: ChannelHandlerContext?
    private var reader: CableFrameReader
    private var framesAtLastPing = 0
    private var isUnflushed = false

    /// Not writable: more is buffered than the socket takes at once.
    private var isBlocked = false
    private var bufferedBytes = 0
    private var writtenBytes = 0
    private var progress = (takenBytes: 0, since: NIODeadline.distantPast)

    init(tags: [String], loop: StreamLoop) {
        self.tags = tags
        self.loop = loop
        self.reader = CableFrameReader(maximumBytes: loop.limits.maximumFrameBytes)
        self.queue = CommandQueue(limits: loop.limits)
    }

    var limits: CableLimits { loop.limits }

    /// Changes whenever a right may have: who checked before has to check again.
    var rightsVersion: Int { changes &+ loop.endings }

    func rightsChanged() { changes &+= 1 }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        retire()
        phase = .closed
        loop.forget(self)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        retire()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        closeNow()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: closeNow()
        case is ChannelShouldQuiesceEvent:
            disconnect(reason: "server_restart", reconnect: true, code: .goingAway)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .open else {
            if phase == .closing { awaitCloseFrame(unwrapInboundIn(data)) }
            return
        }
        reader.receive(unwrapInboundIn(data))
        do {
            while phase == .open, let message = try reader.next() {
                guard reader.frameCount - framesAtLastPing <= limits.maximumFramesPerInterval else {
                    return disconnect(reason: "invalid_request", reconnect: false, code: .policyViolation)
                }
                receive(message)
            }
        } catch {
            close(error.code)
        }
    }

    private func receive(_ message: CableFrameReader.Message) {
        switch message {
        case .text(let text):
            guard let command = CableCommand(parsing: text) else { return }
            guard queue.add(command, bytes: text.readableBytes) else {
                return disconnect(reason: "invalid_request", reconnect: false, code: .policyViolation)
            }
            answerWaiter()
        case .ping(let data): write(CableFrame.pong(data))
        case .pong: break
        case .close:
            close(.normalClosure)
            closeWhenWritten()
        }
    }

    /// Only to end sooner than the timer would: it has been told everything already.
    private func awaitCloseFrame(_ bytes: ByteBuffer) {
        reader.receive(bytes)
        do {
            while let message = try reader.next() {
                if message == .close { return closeWhenWritten() }
            }
        } catch {
            reader = CableFrameReader(maximumBytes: 0)
        }
    }

    // MARK: Writing

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isBlocked = !context.channel.isWritable
        if isBlocked {
            bufferedBytes = currentlyBuffered(context)
            progress = (takenBytes: writtenBytes - bufferedBytes, since: .now())
        }
    }

    func write(_ frame: ByteBuffer) {
        guard phase == .open, let context else { return }
        let bytes = frame.readableBytes
        if isBlocked, !hasRoom(for: bytes, context) { return cutOff() }
        writtenBytes &+= bytes
        context.write(wrapOutboundOut(frame), promise: nil)
        guard !isUnflushed else { return }
        isUnflushed = true
        loop.flushLater(self)
    }

    func flush() {
        isUnflushed = false
        context?.flush()
    }

    /// Counts what it has written, and asks the channel only when that seems too much.
    private func hasRoom(for bytes: Int, _ context: ChannelHandlerContext) -> Bool {
        bufferedBytes += bytes
        if bufferedBytes <= limits.maximumBufferedBytes { return true }
        context.flush()
        bufferedBytes = currentlyBuffered(context) + bytes
        return bufferedBytes <= limits.maximumBufferedBytes
    }

    private func currentlyBuffered(_ context: ChannelHandlerContext) -> Int {
        // A channel that cannot say is judged by our own count.
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? bufferedBytes
    }

    func ping(_ frame: ByteBuffer, at now: NIODeadline) {
        framesAtLastPing = reader.frameCount
        if isBlocked, let context {
            let taken = writtenBytes - currentlyBuffered(context)
            if taken > progress.takenBytes {
                progress = (takenBytes: taken, since: now)
            } else if now - progress.since > TimeAmount(limits.deadPeerTimeout) {
                return closeNow()
            }
        }
        write(frame)
    }

    // MARK: Closing

    /// Too slow: it is told to come back, and catches up then. Nobody waits for it.
    func cutOff() {
        disconnect(reason: "remote", reconnect: true, code: .unknown(1013))
    }

    func disconnect(reason: String, reconnect: Bool, code: WebSocketErrorCode) {
        end(CableFrame.disconnect(reason: reason, reconnect: reconnect), code)
    }

    func close(_ code: WebSocketErrorCode) { end(nil, code) }

    private func end(_ last: ByteBuffer?, _ code: WebSocketErrorCode) {
        guard phase == .open, let context else { return }
        retire()
        if let last { context.write(wrapOutboundOut(last), promise: nil) }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [self] in closeAfter(limits.lingerTime) }
        context.writeAndFlush(wrapOutboundOut(CableFrame.close(code)), promise: written)
        closeAfter(limits.drainTime)
    }

    /// The peer has sent its close frame; ours may still be on its way.
    private func closeWhenWritten() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { [self] _ in closeNow() }
    }

    private func closeAfter(_ time: Duration) {
        guard let context else { return }
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { [weak self] in self?.closeNow() }
    }

    func closeNow() {
        retire()
        context?.close(promise: nil)
    }

    private func retire() {
        guard phase == .open else { return }
        phase = .closing
        loop.retire(self)
        let subscriptions = subscriptions
        self.subscriptions = [:]
        settling = 0
        for subscription in subscriptions.values { loop.leave(subscription) }
        queue.finish(subscriptions.keys)
        answerWaiter()
    }
}
