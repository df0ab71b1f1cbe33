import Storage

/// Something that a webhook is to be told, and what came of it.
package struct Delivery: Sendable {
    package typealias ID = Identifier<Delivery>

    package let id: ID
    package let webhook: OutgoingWebhook.ID
    package let message: Message.ID?
    package let event: String
    package let state: State
    package let attempts: Int64
    /// What the other side answered the last time.
    package let statusCode: Int64?
    /// Why it was not delivered, in our words.
    package let problem: String?
    package let milliseconds: Int64?
    package let createdAt: Timestamp
    package let finishedAt: Timestamp?
    /// false once the text is gone, with the message or because it is old.
    package let canBeReplayed: Bool

    package enum State: String, Sendable {
        case waiting, delivered
        /// Not tried any more.
        case dead
    }

    /// So many of each webhook's that are over are kept, and for so long.
    static let mostFinished = 1000
    static let deliveredAge = Duration.days(7)
    static let deadAge = Duration.days(30)
    /// Nobody wants to hear what is older.
    static let lifetime = Duration.hours(24)
    /// The oldest of more give way.
    static let mostWaiting = 10_000
}

/// What one try came to.
struct DeliveryAttempt: Sendable, Equatable {
    enum Outcome: Sendable, Equatable {
        case delivered
        /// Another time, not before `after` if the other side asked for it.
        case failed(after: Duration?)
        /// Not ever.
        case refused
        /// The other side wants to hear nothing any more.
        case gone
    }

    let outcome: Outcome
    var status: Int?
    var problem: String?
    var milliseconds: Int64 = 0

    /// The other side was there, took it and failed: another delivery may do better, so this one gives way sooner.
    var isTargetsFault: Bool {
        guard let status else { return false }
        return status == 408 || (500...599).contains(status) && ![502, 503, 504].contains(status)
    }
}

/// When to try again.
struct RetryPlan: Sendable {
    static let shortest = Duration.seconds(2)
    static let longest = Duration.minutes(15)
    /// Whoever comes back soon hears soon.
    static let longestWhileYoung = Duration.minutes(2)
    static let youth = Duration.hours(2)
    /// Of what the other side took and failed at, so that one message cannot stop all after it.
    static let mostFaults = 20

    /// From 0 up to 1.
    var random: @Sendable () -> Double = { Double.random(in: 0..<1) }

    /// Twice as long each time, half of it by chance, so that those who failed together do not come back together.
    func wait(afterFailures failures: Int64, age: Duration, asked: Duration?) -> Duration {
        let cap = age < Self.youth ? Self.longestWhileYoung : Self.longest
        let doublings = min(max(failures - 1, 0), 20)
        let full = min(Self.shortest.milliseconds << doublings, cap.milliseconds)
        let wait = Duration.milliseconds(full / 2 + Int64(Double(full - full / 2) * random()))
        return asked.map { max(wait, min($0, Self.longest)) } ?? wait
    }

    func isLast(_ attempt: DeliveryAttempt, number: Int64, age: Duration) -> Bool {
        attempt.isTargetsFault && number >= Self.mostFaults && age >= Self.youth
    }
}
