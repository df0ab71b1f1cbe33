import Storage
import Synchronization

/// AI bots: made, changed and tried out, by admins alone, since an endpoint is an address that the server connects to.
package struct AIBots: Sendable {
    let bots: Bots
    let models: AIModels
    let database: any Database
    let sealer: Sealer
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    package struct Found: Sendable {
        package let bot: Bot
        package let configuration: AIConfiguration
    }

    /// Makes one, or changes the one of that name.
    package func create(_ new: NewBot, _ change: AIChange, as principal: Principal) async throws -> Found {
        try principal.requireAdmin()
        return try await database.write { [self] tx in
            let moment = now()
            let made = try bots.create(new, as: principal, at: moment, tx)
            let old = try AIConfiguration.find(made.bot.id, tx) ?? AIConfiguration()
            try store(change, over: old, of: made.bot.id, tx)
            return try Self.found(made.bot.id, principal, tx)
        }
    }

    package func find(_ id: Bot.ID, as principal: Principal) async throws -> Found {
        try principal.requireAdmin()
        return try await database.read { tx in try Self.found(id, principal, tx) }
    }

    /// What is told about each, to those who may know it.
    package func all(as principal: Principal) async throws -> [Bot.ID: AIConfiguration] {
        guard principal.isAdmin, principal.has(.admin) else { return [:] }
        return try await database.read { tx in try AIConfiguration.all(tx) }
    }

    package func update(
        _ id: Bot.ID, _ change: BotChange, _ configuration: AIChange, as principal: Principal
    ) async throws -> Found {
        try principal.requireAdmin()
        return try await database.write { [self] tx in
            let moment = now()
            let old = try Self.found(id, principal, tx)
            _ = try bots.update(id, change, also: configuration.fields, as: principal, at: moment, tx)
            try store(configuration, over: old.configuration, of: id, tx)
            return try Self.found(id, principal, tx)
        }
    }

    package func delete(_ id: Bot.ID, as principal: Principal) async throws {
        _ = try await find(id, as: principal)
        try await bots.delete(id, as: principal)
    }

    package struct Trial: Sendable {
        /// Whether the model answered.
        package let isGood: Bool
        /// What it said, or why it said nothing.
        package let words: String
        package let took: Duration
    }

    /// Asks the endpoint for one word.
    package func test(_ id: Bot.ID, as principal: Principal) async throws -> Trial {
        let found = try await find(id, as: principal)
        let began = ContinuousClock.now
        func trial(_ isGood: Bool, _ words: String) -> Trial {
            Trial(isGood: isGood, words: words, took: ContinuousClock.now - began)
        }
        guard
            var model = try await database.read({ [models] tx in
                try models.client(for: id, found.configuration, tx)
            })
        else { return trial(false, AIProblem.notSetUp.words) }
        model.maximumCharacters = 500
        let said = Mutex("")
        do {
            let question = ModelMessage(role: .user, content: "Say hello in one word.")
            _ = try await model.answer([question], tools: []) { words in said.withLock { $0 = words } }
        } catch {
            // One that says more than a word answers all the same.
            let saysMore = (error == .cutOff || error == .tooLong) && !said.withLock(\.isEmpty)
            guard saysMore else { return trial(false, error.words) }
        }
        let words = said.withLock(\.printableLine)
        return words.isEmpty ? trial(false, AIProblem.empty.words) : trial(true, words)
    }

    private func store(
        _ change: AIChange, over old: AIConfiguration, of bot: Bot.ID, _ tx: borrowing Transaction
    ) throws {
        try change.applied(to: old).store(for: bot, tx)
        guard let key = try change.key.map(AIChange.key), !key.isEmpty else { return }
        try AIConfiguration.setKey(key, of: bot, sealer, tx)
    }

    private static func found(_ id: Bot.ID, _ principal: Principal, _ tx: borrowing Transaction) throws -> Found {
        guard principal.isAdmin, let bot = try Bot.find(id, tx), bot.kind == .ai else {
            throw ChatError.notFound("bot")
        }
        return Found(bot: bot, configuration: try AIConfiguration.find(id, tx) ?? AIConfiguration())
    }
}
