import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// Brings what waits to the webhooks: many at once, each in its order. It sleeps until the bell rings or something is due.
final class DeliveryService: Service {
    static let mostAtOnce = 16
    /// Then others come first.
    static let mostInTurn = 50
    /// A ring that was lost with a connection is made good for after so long.
    static let longestSleep = Duration.minutes(1)
    private static let patience = Duration.seconds(2)
    /// What is due while nobody has a hand free is looked at again by whoever is free first, or after so long.
    private static let busySleep = Duration.seconds(5)

    private let database: any Database
    private let queue: DeliveryQueue
    private let sender: DeliverySender
    private let plan: RetryPlan
    private let bell: DeliveryBell
    private let counters: Counters
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var busy = 0
        var alarm: Task<Void, Never>?
        var isStopping = false
    }

    init(
        database: any Database, queue: DeliveryQueue, sender: DeliverySender, plan: RetryPlan = RetryPlan(),
        bell: DeliveryBell, counters: Counters, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.database = database
        self.queue = queue
        self.sender = sender
        self.plan = plan
        self.bell = bell
        self.counters = counters
        self.now = now
        self.logger = logger
    }

    func run() async throws {
        if database.engine == .sqlite { try? await database.write { tx in try DeliveryQueue.releaseAll(tx) } }
        bell.ring()
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await _ in bell.rings {
                    for webhook in await claim() { group.addTask { await self.serve(webhook) } }
                    await setAlarm()
                }
                await finish()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.bell.fallSilent()
        }
        state.withLock { $0.alarm?.cancel() }
    }

    /// One turn for everybody who is due, and back when all of them had it. For tests, whose clock stands still.
    func runOnce() async {
        await withDiscardingTaskGroup { group in
            for webhook in await claim() { group.addTask { await self.serve(webhook) } }
        }
    }

    private func claim() async -> [OutgoingWebhook.ID] {
        let free = state.withLock { $0.isStopping ? 0 : Self.mostAtOnce - $0.busy }
        guard free > 0 else { return [] }
        do {
            let moment = now()
            // Most rings find nothing, and looking costs no commit.
            let due = try await database.read { [queue] tx in try queue.nextTime(at: moment, tx) }
            guard let due, due <= moment else { return [] }
            let claimed = try await database.write { [queue] tx in try queue.claim(atMost: free, at: moment, tx) }
            state.withLock { $0.busy += claimed.count }
            return claimed
        } catch {
            logger.warning("deliveries could not be looked up", metadata: ["error_type": "\(type(of: error))"])
            return []
        }
    }

    private func serve(_ webhook: OutgoingWebhook.ID) async {
        defer {
            state.withLock { $0.busy -= 1 }
            bell.ring()
        }
        do {
            var parcel = try await next(webhook)
            var count = 1
            while let current = parcel {
                let attempt = await sender.send(
                    current.payload, current.event, id: "\(current.delivery)", to: current.target)
                if Task.isCancelled, attempt.outcome != .delivered { return try await giveBack(webhook) }
                note(attempt, current)
                let mayGoOn = count < Self.mostInTurn && !state.withLock(\.isStopping)
                parcel = try await settle(current, attempt, goesOn: mayGoOn)
                count += 1
            }
        } catch {
            // The lease ends by itself, and what was sent may be sent again.
            logger.warning("a delivery could not be noted", metadata: ["error_type": "\(type(of: error))"])
        }
    }

    private func next(_ webhook: OutgoingWebhook.ID) async throws -> Parcel? {
        try await database.write { [queue, now] tx in try queue.next(of: webhook, at: now(), tx) }
    }

    /// In one transaction, and so with one sync, what came of this one and what the next one is.
    private func settle(_ parcel: Parcel, _ attempt: DeliveryAttempt, goesOn: Bool) async throws -> Parcel? {
        try await database.write { [queue, plan, now] tx in
            let moment = now()
            guard try queue.settle(parcel, attempt, plan, at: moment, tx) else { return nil }
            if goesOn { return try queue.next(of: parcel.webhook, at: moment, tx) }
            try queue.release(parcel.webhook, tx)
            return nil
        }
    }

    private func giveBack(_ webhook: OutgoingWebhook.ID) async throws {
        try await database.write { [queue] tx in try queue.release(webhook, tx) }
    }

    private func note(_ attempt: DeliveryAttempt, _ parcel: Parcel) {
        switch attempt.outcome {
        case .delivered: counters.count(.deliveries, "delivered")
        case .failed: counters.count(.deliveries, "failed")
        case .refused, .gone: counters.count(.deliveries, "refused")
        }
        guard attempt.outcome != .delivered else { return }
        logger.warning(
            "a webhook could not be told",
            metadata: [
                "webhook": "\(parcel.webhook)", "delivery": "\(parcel.delivery)", "try": "\(parcel.attempts + 1)",
                "reason": "\(attempt.problem ?? "")",
            ])
    }

    /// Rings the bell when the next try is due.
    private func setAlarm() async {
        let moment = now()
        let next = try? await database.read { [queue] tx in try queue.nextTime(at: moment, tx) }
        var wait = Self.longestSleep
        if let next {
            let due = Duration.milliseconds(next.milliseconds - moment.milliseconds)
            wait = due > .zero ? min(due, wait) : Self.busySleep
        }
        let alarm = Task { [bell, wait] in
            guard (try? await Task.sleep(for: wait)) != nil else { return }
            bell.ring()
        }
        state.withLock {
            $0.alarm?.cancel()
            $0.alarm = alarm
        }
    }

    /// What is on the way arrives, if it does not take long. Looked at now and then: the server stops, and nothing rings any more.
    private func finish() async {
        let end = ContinuousClock.now + Self.patience
        while state.withLock({ $0.busy > 0 }), ContinuousClock.now < end {
            guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
        }
    }
}
