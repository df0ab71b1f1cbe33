import ArgumentParser
import HomeChat

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list, replace and revoke API tokens.",
        discussion: "Example: homechat token list", subcommands: [Create.self, List.self, Rotate.self, Revoke.self])
}

extension TokenCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token for somebody's script. It is shown this once.",
            discussion: """
                Example: homechat token create --user ana --name doorbell --scope messages:write --channel home --quiet
                Scopes: \(Scope.allCases.map(\.rawValue).joined(separator: ", "))
                """)

        @OptionGroup var console: Console
        @Option(help: "Whose token: it acts as this person.") var user: String
        @Option(help: "What it is for.") var name: String
        @Option(help: "What it may do; can be given several times (default: messages:read).") var scope: [String] = []
        @Option(help: "The only channel it may be used in; can be given several times.") var channel: [String] = []
        @Option(help: "The only address or network it is taken from; can be given several times.")
        var network: [String] = []
        @Option(help: "How long it works, like 90d; for ever if unset.") var expiresIn: Span?
        @Flag(help: "Print the token alone.") var quiet = false

        func run() async throws {
            let scopes = scope.flatMap { $0.split(separator: ",").map(String.init) }
            let new = try NewToken(
                name: name, scopes: scopes.isEmpty ? [Scope.messagesRead.rawValue] : scopes,
                channels: channel.map(ChannelChoice.named), networks: network, life: expiresIn?.duration)
            try await console.run { server in
                let owner = try await server.users.find(named: user, as: .console)
                let (token, secret) = try await server.tokens.create(new, for: owner.id, as: .console)
                if quiet { return print(secret) }
                let text = "Token \(token.id) \"\(token.name)\" for \(owner.username), shown only now:\n\(secret)"
                try console.output.one(TokenLine(token, secret: secret), text)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the tokens; never their secrets.",
            discussion: "Example: homechat token list --unused-for 30d")

        @OptionGroup var console: Console
        @Option(help: "Only this person's.") var user: String?
        @Option(help: "Only those that nobody used for so long, like 30d.") var unusedFor: Span?

        func run() async throws {
            try await console.run { server in
                var owner: User.ID?
                if let user { owner = try await server.users.find(named: user, as: .console).id }
                let tokens = try await server.tokens.list(of: owner, unusedFor: unusedFor?.duration, as: .console)
                let networks = try await server.tokens.networks(of: owner, as: .console)
                try console.output.list(tokens.map { TokenLine($0, networks: networks[$0.id] ?? []) })
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a token a new secret, shown this once. The old one works a while longer.",
            discussion: "Example: homechat token rotate 3 --overlap 24h")

        @OptionGroup var console: Console
        @Argument(help: "The number that `token list` shows.") var id: String
        @Option(help: "How long the old secret works, like 24h or 0s (default: token_rotation_hours).")
        var overlap: Span?
        @Flag(help: "Print the new secret alone.") var quiet = false

        func run() async throws {
            let id = try tokenNumber(id)
            try await console.run { server in
                let (token, secret) = try await server.tokens.rotate(id, overlap: overlap?.duration, as: .console)
                if quiet { return print(secret) }
                let until = token.previousUntil.map { " The old one works until \($0.iso8601)." } ?? ""
                try console.output.one(
                    TokenLine(token, secret: secret),
                    "New secret of token \(token.id), shown only now.\(until)\n\(secret)")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token worthless, at once.", discussion: "Example: homechat token revoke 3")

        @OptionGroup var console: Console
        @Argument(help: "The number that `token list` shows.") var id: String

        func run() async throws {
            let token = try tokenNumber(id)
            try await console.run { server in
                try await server.tokens.revoke(token, as: .console)
                try console.output.one(Revoked(id: token.value), "Revoked token \(token)")
            }
        }

        private struct Revoked: Encodable {
            let id: Int64
            var revoked = true
        }
    }
}

private func tokenNumber(_ text: String) throws -> APIToken.ID {
    guard let id = APIToken.ID(text) else { throw ValidationError("'\(text)' is no token's number.") }
    return id
}

private struct TokenLine: ListLine {
    let id: Int64
    let name: String
    let username: String
    let prefix: String
    let scopes: [String]
    /// nil: wherever its owner is.
    let channelIds: [Int64]?
    let networks: [String]
    let createdAt: String
    let rotatedAt: String?
    let expiresAt: String?
    let previousUntil: String?
    let lastUsedAt: String?
    let lastAddress: String?
    let useCount: Int64
    let old: Bool
    let seenFrom: [String]
    /// The secret; only when the token was just made.
    let token: String?

    init(_ token: APIToken, networks seen: [TokenNetwork] = [], secret: String? = nil) {
        id = token.id.value
        name = token.name
        username = token.username
        prefix = token.prefix
        scopes = token.scopes.map(\.rawValue).sorted()
        channelIds = token.channels?.map(\.value).sorted()
        networks = token.networks
        createdAt = token.createdAt.iso8601
        rotatedAt = token.rotatedAt?.iso8601
        expiresAt = token.expiresAt?.iso8601
        previousUntil = token.previousUntil?.iso8601
        lastUsedAt = token.lastUsedAt?.iso8601
        lastAddress = token.lastAddress
        useCount = token.useCount
        old = token.isOld(at: .now)
        seenFrom = seen.map(\.network)
        self.token = secret
    }

    static let headings = ["ID", "NAME", "OF", "SCOPES", "SINCE", "ENDS", "LAST USED", "FROM", "USES"]
    var cells: [String] {
        [
            String(id), name, username, scopes.joined(separator: ","), createdAt + (old ? " (old)" : ""),
            expiresAt ?? "never", lastUsedAt ?? "never", lastAddress ?? "-", String(useCount),
        ]
    }
}
