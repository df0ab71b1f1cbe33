import Storage

/// The commands that bots register: by whoever looks after the bot, or by the bot itself.
package struct BotCommands: Sendable {
    let database: any Database
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    package func list(of bot: Bot.ID, as principal: Principal) async throws -> [BotCommand] {
        try await database.read { tx in
            try BotCommand.all(of: Self.controlled(bot, principal, tx).id, tx)
        }
    }

    /// These, and no others any more.
    package func replace(
        with commands: [NewBotCommand], of id: Bot.ID, as principal: Principal
    ) async throws -> [BotCommand] {
        try await database.write { [audit] tx in
            let bot = try Self.controlled(id, principal, tx)
            try BotCommand.replace(with: commands, of: bot.id, tx)
            try audit.record(
                .botChanged, by: principal, target: "bot:\(bot.id)",
                details: ["name": bot.name, "commands": commands.map(\.name).joined(separator: " ")], tx)
            return try BotCommand.all(of: bot.id, tx)
        }
    }

    /// For whoever writes there.
    package func available(in channel: Channel.ID, for principal: Principal) async throws -> [BotCommand] {
        try await database.read { [now] tx in
            let access = try ChannelAccess.require(.read, in: channel, for: principal, tx)
            return try BotCommand.available(in: access, at: now(), tx)
        }
    }

    /// An API bot may do this for itself alone.
    private static func controlled(
        _ id: Bot.ID, _ principal: Principal, _ tx: borrowing Transaction
    ) throws -> Bot {
        guard principal.bot != nil else { return try Bots.controlled(id, principal, tx) }
        guard let bot = try Bot.find(id, tx), bot.user == principal.user else { throw ChatError.notFound("bot") }
        return bot
    }
}
