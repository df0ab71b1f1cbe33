import Storage

/// Something that an AI bot was asked. It is written down with the question, so no restart loses it.
struct AIRequest: Sendable {
    typealias ID = Identifier<AIRequest>

    /// A question that nobody came to in this time is one that nobody waits for any more.
    static let patience = Duration.minutes(15)
    /// How long the buttons of a service call can be pressed.
    static let decisionPeriod = Duration.minutes(10)
    /// Whoever works on one says so again well within this time.
    static let lease = Duration.seconds(20)
    static let maximumAttempts: Int64 = 2
    /// How long it is remembered, for limits and for what a model is not told again.
    static let memory = Duration.days(7)

    let id: ID
    let bot: Bot.ID
    let question: Message.ID
    let asker: User.ID
    let answer: Message.ID?
    let state: State
    let attempts: Int64
    /// What the model wants done, as JSON.
    let calls: String
    let decidedBy: User.ID?
    let createdAt: Timestamp
    let changedAt: Timestamp

    enum State: String, Sendable {
        case waiting, working
        /// The model wants to call services, and somebody has to say so.
        case asking
        /// Somebody did.
        case approved, doing
        case done, failed
        /// Refused for a limit.
        case limited
        /// Nobody is to answer it any more.
        case dropped
    }
}

extension AIRequest {
    /// Nothing is said and nothing done by itself while an admin keeps the house still.
    static func requireCalm(_ tx: borrowing Transaction) throws {
        guard try isCalm(tx) else { throw ChatError.readOnly }
    }

    static func isCalm(_ tx: borrowing Transaction) throws -> Bool {
        try !ReadOnlyMode.isOn(tx) && EmergencyRow.lockdown.find(tx) == nil
    }

    /// Writes down for each AI bot that this message is for that it was asked. In the transaction of the message.
    static func note(
        _ message: Message, _ mentions: MentionNames, in access: ChannelAccess, by principal: Principal,
        at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        // Only people: bots that answer bots never stop.
        guard principal.bot == nil, message.kind == .chat || message.kind == .api,
            access.type == .dm || !mentions.people.isEmpty
        else { return }
        for bot in try addressed(by: message.id, in: access, at: now, tx) {
            guard let configuration = try AIConfiguration.find(bot.id, tx) else { continue }
            if let limit = try Limit.reached(configuration, bot.id, by: principal.user, at: now, tx) {
                try tell(limit, bot, message, principal, at: now, tx)
            } else {
                _ = try insert(bot.id, message.id, by: principal.user, .waiting, at: now, tx)
                tx.announce(.aiAsked)
            }
        }
    }

    /// Says it once in an hour: whoever tries on reads it above.
    private static func tell(
        _ limit: Limit, _ bot: Bot, _ message: Message, _ principal: Principal, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws {
        guard try !wasLimited(principal.user, by: bot.id, since: now - .hours(1), tx) else { return }
        let id = try insert(bot.id, message.id, by: principal.user, .limited, at: now, tx)
        let answer = try AIAnswer.post(limit.words, to: message, by: bot, at: now, tx)
        try setAnswer(answer, of: id, tx)
    }

    enum Limit: Sendable {
        case person(Int)
        case day(Int)

        var words: String {
            switch self {
            case .person(let count):
                "You have asked me \(count) times within an hour, which is as often as I may answer you."
            case .day(let count):
                "I have answered \(count) times within a day, which is as often as I may. Try again later."
            }
        }

        fileprivate static func reached(
            _ configuration: AIConfiguration, _ bot: Bot.ID, by asker: User.ID, at now: Timestamp,
            _ tx: borrowing Transaction
        ) throws -> Limit? {
            if try count(bot, by: asker, since: now - .hours(1), tx) >= configuration.hourlyPerPerson {
                return .person(configuration.hourlyPerPerson)
            }
            if try count(bot, by: nil, since: now - .days(1), tx) >= configuration.daily {
                return .day(configuration.daily)
            }
            return nil
        }
    }
}
