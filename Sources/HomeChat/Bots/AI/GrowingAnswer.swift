import Storage

/// The words of one answer, as they come, and the message that they are shown in, a few times a second.
actor GrowingAnswer {
    /// A model says dozens of words a second; each showing is a commit and a frame for every reader.
    static let pace = Duration.milliseconds(300)
    /// Whoever waits sees that it is being written.
    private static let typingPeriod = Duration.seconds(4)

    let request: AIRequest
    let bot: Bot
    let node: String
    private let database: any Database
    private let now: @Sendable () -> Timestamp

    private var message: Message.ID?
    private(set) var text = ""
    private var before = ""
    private var shown = ""
    private var typedAt: ContinuousClock.Instant?

    init(
        _ request: AIRequest, _ bot: Bot, _ node: String, _ database: any Database,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.request = request
        self.bot = bot
        self.node = node
        self.database = database
        self.now = now
    }

    /// - Parameter words: all of this round.
    func say(_ words: String) { text = before + words }

    /// What a model says after it has looked something up stands below what it said before.
    func beginRound() {
        before = trimmed.isEmpty ? "" : trimmed + "\n\n"
    }

    /// - Throws: when the message cannot or must not grow any more: read-only, deleted, no longer ours.
    func showForEver() async throws {
        while true {
            try await show()
            try await Task.sleep(for: Self.pace)
        }
    }

    private func show() async throws {
        let words = trimmed
        guard words != shown, !words.isEmpty else {
            if message == nil { try await showTyping() }
            return
        }
        message = try await database.write { [self, message] tx in
            try requireOurs(tx)
            return try put(words, message, tx)
        }
        shown = words
    }

    /// The last state, and what becomes of the request, in one transaction.
    func end(
        _ words: String, _ state: AIRequest.State, calls: [ServiceCall] = [], actions: [NewAction] = []
    ) async throws {
        let encoded = calls.isEmpty ? "" : String(decoding: try JSONBody.data(calls), as: UTF8.self)
        message = try await database.write { [self, message] tx in
            try requireOurs(tx)
            let moment = now()
            let id = try put(words, message, tx)
            if !actions.isEmpty { try AIAnswer.end(id, with: words, actions: actions, by: bot, at: moment, tx) }
            if state == .asking {
                try AIRequest.ask(encoded, of: request.id, at: moment, tx)
            } else {
                try AIRequest.setState(state, of: request.id, at: moment, tx)
            }
            return id
        }
    }

    /// Without a word: nothing may be written, or nobody is to read it.
    func drop() async {
        _ = try? await database.write { [self] tx in
            guard try AIRequest.isHeld(request.id, by: node, tx) else { return }
            try AIRequest.setState(.dropped, of: request.id, at: now(), tx)
        }
    }

    var trimmed: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    private nonisolated func put(
        _ words: String, _ message: Message.ID?, _ tx: borrowing Transaction
    ) throws -> Message.ID {
        let moment = now()
        if let message {
            try AIAnswer.grow(message, to: words, by: bot, at: moment, tx)
            return message
        }
        guard let question = try Message.find(request.question, tx) else { throw ChatError.notFound("message") }
        let id = try AIAnswer.post(words, to: question, by: bot, at: moment, tx)
        try AIRequest.setAnswer(id, of: request.id, tx)
        return id
    }

    private nonisolated func requireOurs(_ tx: borrowing Transaction) throws {
        try AIRequest.requireCalm(tx)
        guard try AIRequest.isHeld(request.id, by: node, tx) else { throw ChatError.conflict("another node has it") }
        guard try Bot.isUsable(bot.id, at: now(), tx) else { throw ChatError.notFound("bot") }
    }

    private func showTyping() async throws {
        if let typedAt, ContinuousClock.now - typedAt < Self.typingPeriod { return }
        typedAt = .now
        let channel = try await database.read { [request] tx in try Message.find(request.question, tx)?.channel }
        guard let channel else { throw ChatError.notFound("message") }
        try await database.announce(Event.typing(bot.user, in: channel, isTyping: true).notice)
    }
}
