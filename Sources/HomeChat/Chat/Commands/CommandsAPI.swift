import Hummingbird

/// `/channels/:id/commands`, of the page and of the API.
struct CommandsAPI: Sendable {
    let commands: Commands

    struct ListAnswer: Encodable {
        let commands: [CommandJSON]
    }

    struct CommandJSON: Encodable {
        let name: String
        let usage: String
        let description: String
        let bot: String?

        init(_ info: CommandInfo) {
            name = info.name
            usage = info.usage
            description = info.description
            bot = info.bot
        }

        enum CodingKeys: String, CodingKey {
            case name, usage, description, bot
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(usage, forKey: .usage)
            try container.encode(description, forKey: .description)
            try bot.encode(as: .bot, in: &container)
        }
    }

    /// What something was that is no message: told to whoever typed it, and stored nowhere.
    struct NoticeAnswer: Encodable {
        let success = true
        let notice: String
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let found = try await commands.available(
            in: try context.id(of: "channel"), as: try context.requirePrincipal())
        return try JSONBody.response(ListAnswer(commands: found.map(CommandJSON.init)))
    }
}
