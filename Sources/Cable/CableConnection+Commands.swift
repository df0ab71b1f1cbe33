import NIOCore

/// What the session does next, one after another.
enum CableStep: Sendable {
    case subscribe(CableIdentifier, rightsVersion: Int)
    case perform(CableIdentifier, CableParameters)
    case ended(CableIdentifier)
}

/// What came of a check that was allowed.
enum CableGrantOutcome: Sendable {
    case confirmed
    /// Rejected, or the connection is gone.
    case dropped
    /// A right changed while the check ran, so its result may be old.
    case checkAgain(rightsVersion: Int)
}

/// Commands that wait for an earlier one, and the session that waits for a command.
struct CommandQueue {
    enum Entry {
        case command(CableCommand, bytes: Int)
        case ended(CableIdentifier)
    }

    var waiter: CheckedContinuation<CableStep?, Never>?
    private(set) var isFinished = false
    private let limits: CableLimits
    private var entries = CircularBuffer<Entry>(initialCapacity: 0)
    private var subscribes = 0
    private var others = 0
    private var bytes = 0

    init(limits: CableLimits) {
        self.limits = limits
    }

    /// False if there are too many already.
    mutating func add(_ command: CableCommand, bytes: Int) -> Bool {
        guard !isFinished else { return true }
        if case .subscribe = command { subscribes += 1 } else { others += 1 }
        self.bytes += bytes
        entries.append(.command(command, bytes: bytes))
        return subscribes <= limits.maximumSubscriptions && others <= limits.maximumQueuedCommands
            && self.bytes <= 4 * limits.maximumFrameBytes
    }

    mutating func add(ended identifier: CableIdentifier) {
        entries.append(.ended(identifier))
    }

    /// Commands are dropped, since nobody can hear their answer; what has to be ended is kept.
    mutating func finish(_ identifiers: some Sequence<CableIdentifier>) {
        isFinished = true
        entries = CircularBuffer(
            entries.filter { if case .ended = $0 { true } else { false } } + identifiers.map { .ended($0) })
    }

    mutating func next() -> Entry? {
        let entry = entries.popFirst()
        if case .command(let command, let size)? = entry {
            if case .subscribe = command { subscribes -= 1 } else { others -= 1 }
            bytes -= size
        }
        if entries.isEmpty { entries = CircularBuffer(initialCapacity: 0) }
        return entry
    }
}

extension CableConnection {
    func next(_ continuation: CheckedContinuation<CableStep?, Never>) {
        queue.waiter = continuation
        answerWaiter()
    }

    func answerWaiter() {
        guard let waiter = queue.waiter else { return }
        while let entry = queue.next() {
            guard let step = step(for: entry) else { continue }
            queue.waiter = nil
            return waiter.resume(returning: step)
        }
        guard queue.isFinished else { return }
        queue.waiter = nil
        waiter.resume(returning: nil)
    }

    /// Nil if nothing has to wait for it.
    private func step(for entry: CommandQueue.Entry) -> CableStep? {
        switch entry {
        case .ended(let identifier):
            return .ended(identifier)
        case .command(.subscribe(let identifier), _):
            if let subscription = subscriptions[identifier] {
                confirm(subscription)  // newer clients ask again until they hear it
                return nil
            }
            guard subscriptions.count < limits.maximumSubscriptions,
                identifier.source.count <= limits.maximumIdentifierBytes
            else {
                reject(identifier)
                return nil
            }
            return .subscribe(identifier, rightsVersion: rightsVersion)
        case .command(.unsubscribe(let identifier), _):
            guard let subscription = subscriptions[identifier] else { return nil }
            remove(subscription)
            return .ended(identifier)
        case .command(.message(let identifier, let data), _):
            return subscriptions[identifier] == nil ? nil : .perform(identifier, data)
        }
    }

    func settle(
        _ grant: CableSubscriptionGrant, for identifier: CableIdentifier, rightsVersion: Int
    ) -> CableGrantOutcome {
        guard phase == .open else { return .dropped }
        guard rightsVersion == self.rightsVersion else { return .checkAgain(rightsVersion: self.rightsVersion) }
        let subscription = Subscription(connection: self, identifier: identifier, grows: grant.grows)
        guard grant.grows || !grant.streams.isEmpty else {
            reject(identifier)
            return .dropped
        }
        subscriptions[identifier] = subscription
        // Before the confirmation, so that nothing in between is missed.
        for stream in grant.streams { loop.listen(subscription, to: stream) }
        confirm(subscription)
        return .confirmed
    }

    func reject(_ identifier: CableIdentifier) {
        write(CableFrame.rejection(of: identifier))
    }

    /// The subscription has lost its last stream.
    func reject(_ subscription: Subscription) {
        remove(subscription)
        reject(subscription.identifier)
        queue.add(ended: subscription.identifier)
        answerWaiter()
    }

    private func remove(_ subscription: Subscription) {
        subscriptions[subscription.identifier] = nil
        if subscription.settlesAt != nil {
            settling -= 1
            subscription.settlesAt = nil
        }
        loop.leave(subscription)
    }

    // MARK: Settling

    private func confirm(_ subscription: Subscription) {
        write(CableFrame.confirmation(of: subscription.identifier))
        guard limits.settleTime > .zero else { return }
        let wasSettling = subscription.settlesAt != nil
        subscription.settlesAt = .now() + TimeAmount(limits.settleTime)
        guard !wasSettling else { return }
        settling += 1
        awaitSettling(of: subscription)
    }

    private func awaitSettling(of subscription: Subscription) {
        guard let settlesAt = subscription.settlesAt else { return }
        loop.eventLoop.assumeIsolated().scheduleTask(deadline: settlesAt) { [weak self, weak subscription] in
            guard let self, let subscription, phase == .open, let settlesAt = subscription.settlesAt else { return }
            guard settlesAt <= .now() else { return awaitSettling(of: subscription) }  // confirmed again meanwhile
            subscription.settlesAt = nil
            settling -= 1
            let held = subscription.held
            subscription.held = []
            for message in held {
                heldBytes -= message.frame.readableBytes
                write(message.frame)
            }
        }
    }

    func write(_ frame: ByteBuffer, of stream: StreamName, to subscription: Subscription) {
        guard phase == .open else { return }
        guard subscription.settlesAt != nil else { return write(frame) }
        heldBytes += frame.readableBytes
        guard heldBytes <= limits.maximumBufferedBytes else { return cutOff() }
        subscription.held.append((stream, frame))
    }
}
