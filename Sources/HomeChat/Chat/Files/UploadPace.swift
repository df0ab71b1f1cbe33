import Synchronization

/// How fast all uploads together come in. A proxy that has collected a film passes it on at the speed of memory, and then the
/// network's threads read nothing else.
final class UploadPace: Sendable {
    /// What a line of one gigabit brings.
    static let shared = UploadPace(bytesPerSecond: 128 << 20)
    /// What may come at once, in seconds of the pace.
    static let patience = Duration.milliseconds(10)

    private let bytesPerSecond: Int
    /// When all that came would have come at the pace.
    private let due = Mutex<ContinuousClock.Instant?>(nil)

    init(bytesPerSecond: Int) {
        self.bytesPerSecond = bytesPerSecond
    }

    /// Waits where more came than should.
    func take(_ bytes: Int) async throws {
        let now = ContinuousClock.now
        let due = take(bytes, at: now)
        if due - now > Self.patience { try await Task.sleep(until: due, clock: .continuous) }
    }

    /// - Returns: when it may go on.
    func take(_ bytes: Int, at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        due.withLock { due in
            let next = max(due ?? now, now) + .seconds(bytes) / bytesPerSecond
            due = next
            return next
        }
    }
}
