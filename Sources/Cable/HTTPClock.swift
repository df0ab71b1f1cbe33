import NIOCore

/// When an HTTP connection last did what, and the one timer that looks after it.
struct HTTPClock {
    var idleUntil = NIODeadline.distantFuture
    var readAt = NIODeadline.now()
    /// More has been asked for: if nothing comes, it is the client's fault.
    var isReadPending = false
    var hasHeadBegun = false
    var blockedSince: NIODeadline?

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

    mutating func stop() {
        timer?.cancel()
        timer = nil
    }
}
