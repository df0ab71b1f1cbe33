public import NIOCore
import Synchronization

/// Who listens to which stream, on all event loops.
public final class StreamRegistry: Sendable {
    public let limits: CableLimits
    let tally = ConnectionTally()
    private let loops: [StreamLoop.Handle]
    private let loopIndex: [ObjectIdentifier: Int]
    /// Held while a batch is given to all loops, so that no two loops see two batches in different order.
    private let order = Mutex<Void>(())

    public init(eventLoopGroup: any EventLoopGroup, limits: CableLimits = CableLimits()) {
        self.limits = limits
        let tally = tally
        self.loops = eventLoopGroup.makeIterator().map { eventLoop in
            StreamLoop.Handle(eventLoop: eventLoop, limits: limits, tally: tally)
        }
        self.loopIndex = Dictionary(
            loops.enumerated().map { (ObjectIdentifier($1.eventLoop), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// One hop per event loop for the whole batch; order is kept. Callable from anywhere, without await.
    public func apply(_ operations: [StreamOperation]) {
        guard !operations.isEmpty else { return }
        order.withLock { _ in
            for loop in loops {
                loop.execute { $0.apply(operations) }
            }
        }
    }

    /// Connections that listen; those that are being closed are not counted.
    public var connectionCount: Int { tally.total }

    /// For limits per user and per address, when `admit` decides.
    public func connectionCount(tag: String) -> Int { tally.count(of: tag) }

    /// Those that open connections have.
    public var tags: [String] { tally.tags }

    /// After it disconnect frames were sent and sockets closed, or the deadline has passed and they were closed hard.
    public func shutDown(within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        order.withLock { _ in
            for loop in loops {
                loop.execute { $0.shutDown() }
            }
        }
        while tally.sockets > 0, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(10))  // cancelled: then the rest is closed hard
        }
        for loop in loops {
            loop.execute { $0.closeHard() }
        }
    }

    /// Nil for a channel of another event loop group.
    func loop(for eventLoop: any EventLoop) -> StreamLoop.Handle? {
        loopIndex[ObjectIdentifier(eventLoop)].map { loops[$0] }
    }
}

/// How many connections there are, readable from anywhere. Touched when one comes or goes, never by a delivery.
final class ConnectionTally: Sendable {
    private struct Counts {
        var total = 0
        var sockets = 0
        var tags: [String: Int] = [:]
    }

    private let counts = Mutex(Counts())

    var total: Int { counts.withLock { $0.total } }
    /// Those being closed included.
    var sockets: Int { counts.withLock { $0.sockets } }

    var tags: [String] { counts.withLock { Array($0.tags.keys) } }

    func count(of tag: String) -> Int { counts.withLock { $0.tags[tag] ?? 0 } }

    func opened(_ tags: [String]) {
        counts.withLock {
            $0.total += 1
            for tag in tags { $0.tags[tag, default: 0] += 1 }
        }
    }

    func ended(_ tags: [String]) {
        counts.withLock {
            $0.total -= 1
            for tag in tags {
                let left = ($0.tags[tag] ?? 0) - 1
                $0.tags[tag] = left > 0 ? left : nil
            }
        }
    }

    func socketOpened() { counts.withLock { $0.sockets += 1 } }
    func socketClosed() { counts.withLock { $0.sockets -= 1 } }
}
