import Storage

extension BotCommand: RowDecodable {
    private static let columns: SQL =
        "bot_commands.bot_id, users.username, bot_commands.name, bot_commands.usage, bot_commands.description"
    private static let source: SQL = """
        bot_commands JOIN bots ON bots.id = bot_commands.bot_id JOIN users ON users.id = bots.user_id
        """

    package init(row: Row) throws {
        bot = try row["bot_id"]
        username = try row["username"]
        name = try row["name"]
        usage = try row["usage"]
        description = try row["description"]
    }

    static func all(of bot: Bot.ID, _ tx: borrowing Transaction) throws -> [BotCommand] {
        try tx.fetchAll(
            "SELECT \(columns) FROM \(source) WHERE bot_commands.bot_id = \(bot) ORDER BY bot_commands.name")
    }

    /// Those that somebody who may read the channel can use there: of bots that may read it, too.
    static func available(
        in access: ChannelAccess, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> [BotCommand] {
        try tx.fetchAll(
            """
            SELECT \(columns) FROM \(source) JOIN channels ON channels.id = \(access.channel)
            WHERE \(Bot.isUsable(at: now)) AND \(ChannelAccess.isReadableByBot)
            ORDER BY bot_commands.name LIMIT 200
            """)
    }

    /// The command that a message begins with, whoever registered it.
    static func used(in text: String, _ tx: borrowing Transaction) throws -> BotCommand? {
        guard case .typed(let name, _) = SlashCommand(text) else { return nil }
        return try tx.fetchOne("SELECT \(columns) FROM \(source) WHERE bot_commands.name = \(name)")
    }

    static func replace(
        with commands: [NewBotCommand], of bot: Bot.ID, _ tx: borrowing Transaction
    ) throws {
        try tx.execute("DELETE FROM bot_commands WHERE bot_id = \(bot)")
        for command in commands {
            let taken: String? = try tx.fetchOne("SELECT name FROM bot_commands WHERE name = \(command.name)")
            guard taken == nil else {
                throw ChatError.invalid("commands", "must not have the name \(command.name), which is another bot's")
            }
            try tx.execute(
                """
                INSERT INTO bot_commands (bot_id, name, usage, description)
                VALUES (\(bot), \(command.name), \(command.usage), \(command.description))
                """)
        }
    }
}
