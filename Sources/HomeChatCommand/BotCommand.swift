import ArgumentParser
import HomeChat

struct BotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bot", abstract: "Make, list and change bots and their incoming webhooks.",
        discussion: "Example: homechat bot list",
        subcommands: [Create.self, List.self, RenewSecret.self, Enable.self, Disable.self, Delete.self])
}

extension BotCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a bot. What it proves itself with is shown this once.",
            discussion: """
                Example: homechat bot create alerts --channel home --credential bearer --format alertmanager
                Credentials: \(WebhookCredential.allCases.map(\.rawValue).joined(separator: ", "))
                Formats: \(WebhookFormat.allCases.map(\.rawValue).joined(separator: ", "))
                """)

        @OptionGroup var console: Console
        @Argument(help: "What it is called, 2 to 50 characters.") var name: String
        @Option(help: "What it is for.") var description = ""
        @Option(help: "webhook, or api for a script with a token of its own.") var type = Bot.Kind.webhook.rawValue
        @Option(help: "The channel for messages that name none (default: home-assistant).") var channel: String?
        @Option(help: "How its senders prove themselves (default: signature).") var credential: String?
        @Option(help: "What its senders send (default: auto).") var format: String?
        @Option(help: "Mustache over the JSON, with --format template.") var template: String?
        @Flag(help: "Print the secret or the token alone.") var quiet = false

        func run() async throws {
            guard let kind = Bot.Kind(rawValue: type), kind != .ai else {
                throw ValidationError("--type must be webhook or api.")
            }
            try await console.run { server in
                let target = try await BotCommand.channel(channel, server)
                let change = try BotChange(credential: credential, format: format, template: template)
                let new = try NewBot(name: name, description: description, kind: kind, channel: target)
                let made = try await server.bots.create(new, as: .console)
                let bot =
                    credential == nil && format == nil && template == nil
                    ? made.bot : try await server.bots.update(made.bot.id, change, as: .console)
                if quiet { return print(made.shownSecret ?? "") }
                try console.output.one(
                    BotLine(bot, secret: made.shownSecret),
                    "Bot \(bot.id) \"\(bot.name)\", as @\(bot.username)\n" + BotLine.way(bot, made.shownSecret))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the bots; never their secrets.", discussion: "Example: homechat bot list --json")

        @OptionGroup var console: Console

        func run() async throws {
            try await console.run { server in
                try console.output.list(try await server.bots.list(as: .console).map { BotLine($0) })
            }
        }
    }

    struct RenewSecret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "renew-secret",
            abstract: "Give a bot a new secret or token, shown this once. The old one is worth nothing at once.",
            discussion: "Example: homechat bot renew-secret alerts --quiet")

        @OptionGroup var console: Console
        @Argument(help: "Its name, or the number that `bot list` shows.") var bot: String
        @Flag(help: "Print the new secret or token alone.") var quiet = false

        func run() async throws {
            try await console.run { server in
                let found = try await server.bots.find(called: bot, as: .console)
                let made = try await server.bots.renewSecret(of: found.id, as: .console)
                if quiet { return print(made.shownSecret ?? "") }
                try console.output.one(
                    BotLine(made.bot, secret: made.shownSecret),
                    "New for bot \"\(made.bot.name)\"\n" + BotLine.way(made.bot, made.shownSecret))
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a bot take requests again.", discussion: "Example: homechat bot enable alerts")

        @OptionGroup var console: Console
        @Argument(help: "Its name, or the number that `bot list` shows.") var bot: String

        func run() async throws { try await BotCommand.set(bot, isActive: true, console) }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a bot take no requests: its webhook is as if it were not there.",
            discussion: "Example: homechat bot disable alerts")

        @OptionGroup var console: Console
        @Argument(help: "Its name, or the number that `bot list` shows.") var bot: String

        func run() async throws { try await BotCommand.set(bot, isActive: false, console) }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a bot and its webhook. What it wrote stays.",
            discussion: "Example: homechat bot delete alerts")

        @OptionGroup var console: Console
        @Argument(help: "Its name, or the number that `bot list` shows.") var bot: String

        func run() async throws {
            try await console.run { server in
                let found = try await server.bots.find(called: bot, as: .console)
                try await server.bots.delete(found.id, as: .console)
                try console.output.one(Deleted(id: found.id.value), "Deleted bot \"\(found.name)\"")
            }
        }

        private struct Deleted: Encodable {
            let id: Int64
            var deleted = true
        }
    }

    private static func channel(_ name: String?, _ server: ChatServer) async throws -> Channel.ID? {
        guard let name else { return nil }
        let known = try await server.channels.all(as: .console).first { $0.name == name }
        guard let known else { throw ChatError.notFound("channel") }
        return known.id
    }

    private static func set(_ bot: String, isActive: Bool, _ console: Console) async throws {
        try await console.run { server in
            let found = try await server.bots.find(called: bot, as: .console)
            let changed = try await server.bots.update(
                found.id, try BotChange(isActive: isActive), as: .console)
            try console.output.one(BotLine(changed), "Bot \"\(changed.name)\" is \(isActive ? "active" : "off")")
        }
    }
}

private struct BotLine: ListLine {
    let id: Int64
    let name: String
    let username: String
    let botType: String
    let active: Bool
    let credential: String
    let format: String
    let channelId: Int64?
    let webhookId: String?
    let lastActiveAt: String?
    /// What it proves itself with; only when it was just made.
    let secret: String?

    init(_ bot: Bot, secret: String? = nil) {
        id = bot.id.value
        name = bot.name
        username = bot.username
        botType = bot.kind.rawValue
        active = bot.isActive
        credential = bot.credential.rawValue
        format = bot.format.rawValue
        channelId = bot.channel?.value
        webhookId = bot.webhookID
        lastActiveAt = bot.lastActiveAt?.iso8601
        self.secret = secret
    }

    /// Where and how it is reached.
    static func way(_ bot: Bot, _ secret: String?) -> String {
        let shown = "shown only now:\n\(secret ?? "")"
        guard bot.kind == .webhook, let id = bot.webhookID else { return "Token, \(shown)" }
        guard bot.credential == .url else { return "Webhook: /api/v1/webhooks/\(id)\nSecret, \(shown)" }
        return "Address, \(shown.replacing("\n", with: "\n/hooks/"))"
    }

    static let headings = ["ID", "NAME", "AS", "TYPE", "ACTIVE", "PROOF", "FORMAT", "LAST ACTIVE"]
    var cells: [String] {
        [
            String(id), name, "@" + username, botType, active ? "yes" : "no", credential, format,
            lastActiveAt ?? "never",
        ]
    }
}
