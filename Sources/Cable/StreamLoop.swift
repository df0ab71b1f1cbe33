import NIOCore
import NIOWebSocket

/// The connections of one event loop and what they listen to. Confined to it, so there is no lock.
final class StreamLoop {
    let eventLoop: any EventLoop
    let limits: CableLimits
    let tally: ConnectionTally

    /// `disconnect` operations so far: a connection that is being admitted compares, since it has no tag yet.
    private(set) var disconnections = 0
    /// `end` operations so far: a subscription that is being checked compares, since it hears no stream yet.
    private(set) var endings = 0
    private(set) var isShuttingDown = false

    private var connections: ContiguousArray<CableConnection> = []
    private var closing: [ObjectIdentifier: CableConnection] = [:]
    private var tagged: [String: [CableConnection]] = [:]
    private var audiences: [StreamName: [[UInt8]: Audience]] = [:]
    private var unflushed: ContiguousArray<CableConnection> = []
    private var pings: RepeatedTask?

    init(eventLoop: any EventLoop, limits: CableLimits, tally: ConnectionTally) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.tally = tally
    }

    // MARK: Connections

    func add(_ connection: CableConnection) {
        connection.index = connections.count
        connections.append(connection)
        for tag in connection.tags { tagged[tag, default: []].append(connection) }
        tally.opened(connection.tags)
        tally.socketOpened()
        if pings == nil { startPings() }
    }

    /// It hears nothing more, but its socket may still have to drain.
    func retire(_ connection: CableConnection) {
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.index] = last
            last.index = connection.index
        }
        for tag in connection.tags {
            tagged[tag]?.removeAll { $0 === connection }
            if tagged[tag]?.isEmpty == true { tagged[tag] = nil }
        }
        closing[ObjectIdentifier(connection)] = connection
        tally.ended(connection.tags)
        if connections.isEmpty {
            pings?.cancel()
            pings = nil
        }
    }

    /// The socket of a retired connection is gone.
    func forget(_ connection: CableConnection) {
        guard closing.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        tally.socketClosed()
    }

    func shutDown() {
        isShuttingDown = true
        disconnections += 1
        for connection in connections {
            connection.disconnect(reason: "server_restart", reconnect: true, code: .goingAway)
        }
    }

    func closeHard() {
        for connection in connections { connection.closeNow() }
        for connection in closing.values { connection.closeNow() }
    }

    // MARK: Streams

    func listen(_ subscription: Subscription, to stream: StreamName) {
        let source = subscription.identifier.source
        if let audience = audiences[stream]?[source] {
            subscription.join(audience)
        } else {
            let audience = Audience(stream: stream, source: source)
            audiences[stream, default: [:]][source] = audience
            subscription.join(audience)
        }
    }

    func leave(_ subscription: Subscription) {
        let memberships = subscription.memberships
        subscription.leaveAll()
        for membership in memberships { dropIfEmpty(membership.audience) }
    }

    private func leave(_ subscription: Subscription, _ stream: StreamName) {
        guard subscription.leave(stream) else { return }
        if let audience = audiences[stream]?[subscription.identifier.source] { dropIfEmpty(audience) }
        if subscription.isDeaf { subscription.connection.reject(subscription) }
    }

    private func dropIfEmpty(_ audience: Audience) {
        guard audience.members.isEmpty else { return }
        audiences[audience.stream]?[audience.source] = nil
        if audiences[audience.stream]?.isEmpty == true { audiences[audience.stream] = nil }
    }

    func apply(_ operations: [StreamOperation]) {
        for operation in operations {
            switch operation {
            case .send(let stream, let payload):
                guard let spellings = audiences[stream] else { continue }
                for audience in spellings.values { audience.deliver(payload) }
            case .close(let stream, let tag):
                for connection in tagged[tag] ?? [] {
                    connection.rightsChanged()
                    for subscription in connection.subscriptions.values { leave(subscription, stream) }
                }
            case .open(let stream, let tag):
                for connection in tagged[tag] ?? [] {
                    connection.rightsChanged()
                    for subscription in connection.subscriptions.values where subscription.grows {
                        listen(subscription, to: stream)
                    }
                }
            case .end(let stream):
                endings += 1
                for audience in (audiences[stream] ?? [:]).values {
                    for member in audience.members { leave(member.membership.subscription, stream) }
                }
            case .disconnect(let tag, let reason, let reconnect):
                disconnections += 1
                for connection in tagged[tag] ?? [] {
                    connection.disconnect(reason: reason, reconnect: reconnect, code: .normalClosure)
                }
            case .disconnectAll(let reason, let reconnect):
                disconnections += 1
                for connection in connections {
                    connection.disconnect(reason: reason, reconnect: reconnect, code: .normalClosure)
                }
            }
        }
    }

    // MARK: Writing

    /// One flush per socket and turn of the loop: frames of one turn share a system call.
    func flushLater(_ connection: CableConnection) {
        unflushed.append(connection)
        guard unflushed.count == 1 else { return }
        eventLoop.assumeIsolated().execute { [self] in
            let connections = unflushed
            unflushed.removeAll(keepingCapacity: connections.count < 1024)
            for connection in connections { connection.flush() }
        }
    }

    /// One timer and one frame for all.
    private func startPings() {
        let interval = TimeAmount(limits.pingInterval)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        pings = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.ping()
        }
    }

    private func ping() {
        let frame = CableFrame.ping(unixSeconds: UnixTime.seconds)
        let now = NIODeadline.now()
        for connection in connections { connection.ping(frame, at: now) }
    }
}

extension StreamLoop {
    /// The way to it from other threads.
    struct Handle: Sendable {
        let eventLoop: any EventLoop
        private let box: NIOLoopBoundBox<StreamLoop>

        init(eventLoop: any EventLoop, limits: CableLimits, tally: ConnectionTally) {
            self.eventLoop = eventLoop
            self.box = NIOLoopBoundBox.makeBoxSendingValue(
                StreamLoop(eventLoop: eventLoop, limits: limits, tally: tally), eventLoop: eventLoop)
        }

        /// On the event loop only.
        var value: StreamLoop { box.value }

        func execute(_ work: @escaping @Sendable (StreamLoop) -> Void) {
            eventLoop.execute { work(box.value) }
        }
    }
}
