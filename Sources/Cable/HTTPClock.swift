import NIOCore

/// When an HTTP connection last did what, and the one timer that looks after it.
struct HTTPClock {
    var idleUntil = NIODeadline.distantFuture
    var readAt = NIODeadline.now()
    /// More has been asked for: if nothing comes, it is the client's fault.
    var isReadPending = false
    var hasHeadBegun = false
    var blockedSince: NIODeadline?
    /// When more of a body must have come. What comes buys time, so that a byte now and then is not enough.
    private(set) var bodyUntil = NIODeadline.distantFuture

    private var timer: Scheduled<Void>?
    private var wakesAt: NIODeadline?

    /// Deadlines mostly move into the future, so a timer that runs is kept, and asks again when it fires.
    mutating func wake(at deadline: NIODeadline, on eventLoop: any EventLoop, _ work: @escaping () -> Void) {
        let isLate = wakesAt.map { $0 <= .now() } ?? true
        if let wakesAt, !isLate, wakesAt <= deadline { return }
        timer?.cancel()
        wakesAt = deadline
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline, work)
    }

    mutating func beginBody(_ settings: HTTPSettings) {
        bodyUntil = .now() + settings.headerTimeout
    }

    mutating func came(_ bytes: Int, _ settings: HTTPSettings) {
        let bought = Int64(bytes) * 1_000_000_000 / Int64(settings.limits.minimumBodyRate)
        bodyUntil = min(bodyUntil + .nanoseconds(bought), .now() + settings.headerTimeout)
    }

    /// Nothing was read for a while, which is not the client's fault.
    mutating func paused(for time: TimeAmount) {
        bodyUntil = bodyUntil + time
    }

    mutating func stop() {
        timer?.cancel()
        timer = nil
    }
}
