import Storage

/// A word after a slash that a bot answers to.
package struct BotCommand: Sendable {
    package let bot: Bot.ID
    /// Of the bot's account.
    package let username: String
    package let name: String
    /// What comes after the name, as a hint: "open|close".
    package let usage: String
    package let description: String

    var info: CommandInfo { CommandInfo(name: name, usage: usage, description: description, bot: username) }
}

/// A command that nobody has registered yet. Holding one means that it is fit.
package struct NewBotCommand: Sendable {
    static let most = 50
    /// The house's own.
    static let reserved = Set(BuiltInCommand.allCases.map(\.rawValue))

    let name: String
    let usage: String
    let description: String

    package init(name: String, usage: String = "", description: String = "") throws {
        guard SlashCommand.isName(name), name == name.lowercased() else {
            throw ChatError.invalid(
                "commands", "must have names of 1 to \(SlashCommand.longestName) letters a to z, digits and -")
        }
        guard !Self.reserved.contains(name) else {
            throw ChatError.invalid("commands", "must not have the name \(name)")
        }
        self.name = name
        self.usage = try line(usage, "commands", atMost: 100)
        self.description = try line(description, "commands", atMost: 200)
    }
}

extension [NewBotCommand] {
    /// The `commands` of a request.
    init(_ value: JSONValue?) throws {
        guard let value else { throw ChatError.missing("commands") }
        guard case .array(let items) = value, items.count <= NewBotCommand.most else {
            throw ChatError.invalid("commands", "must be a list of at most \(NewBotCommand.most)")
        }
        self = try items.map { item in
            guard case .object(let values) = item else {
                throw ChatError.invalid("commands", "must be objects with name, usage and description")
            }
            let fields = RequestFields(values)
            guard let name = try fields.string("name") else {
                throw ChatError.invalid("commands", "must have a name each")
            }
            return try NewBotCommand(
                name: name, usage: fields.string("usage") ?? "", description: fields.string("description") ?? "")
        }
        guard Set(map(\.name)).count == count else { throw ChatError.invalid("commands", "must have different names") }
    }
}
