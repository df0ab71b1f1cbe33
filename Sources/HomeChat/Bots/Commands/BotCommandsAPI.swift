import Hummingbird

/// `/api/v1/bots/:id/commands`.
struct BotCommandsAPI: Sendable {
    let commands: BotCommands

    struct CommandJSON: Encodable {
        let name, usage, description: String

        init(_ command: BotCommand) {
            name = command.name
            usage = command.usage
            description = command.description
        }
    }

    struct ListAnswer: Encodable {
        let commands: [CommandJSON]
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let found = try await commands.list(of: try context.id(of: "bot"), as: try context.requirePrincipal())
        return try JSONBody.response(ListAnswer(commands: found.map(CommandJSON.init)))
    }

    @Sendable func replace(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        // A bot says its own with its own token.
        if principal.bot == nil { try principal.require(.bots) }
        let new = try [NewBotCommand](try await RequestFields(of: request, context)["commands"])
        let kept = try await commands.replace(with: new, of: try context.id(of: "bot"), as: principal)
        return try JSONBody.response(ListAnswer(commands: kept.map(CommandJSON.init)))
    }
}
