import ArgumentParser
import HomeChat

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke API tokens.", discussion: "Example: homechat token list",
        subcommands: [Create.self, List.self, Revoke.self])
}

extension TokenCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token for somebody's script. It is shown this once.",
            discussion: """
                Example: homechat token create --user ana --name doorbell --scope messages:write --quiet
                Scopes: \(Scope.allCases.map(\.rawValue).joined(separator: ", "))
                """)

        @OptionGroup var console: Console
        @Option(help: "Whose token: it acts as this person.") var user: String
        @Option(help: "What it is for.") var name: String
        @Option(help: "What it may do; can be given several times.") var scope: [String]
        @Flag(help: "Print the token alone.") var quiet = false

        func run() async throws {
            let new = try NewToken(name: name, scopes: scope.flatMap { $0.split(separator: ",").map(String.init) })
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
            abstract: "List the tokens; never their secrets.", discussion: "Example: homechat token list --user ana")

        @OptionGroup var console: Console
        @Option(help: "Only this person's.") var user: String?

        func run() async throws {
            try await console.run { server in
                var owner: User.ID?
                if let user { owner = try await server.users.find(named: user, as: .console).id }
                let tokens = try await server.tokens.list(of: owner, as: .console)
                try console.output.list(tokens.map { TokenLine($0) })
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token worthless, at once.", discussion: "Example: homechat token revoke 3")

        @OptionGroup var console: Console
        @Argument(help: "The number that `token list` shows.") var id: String

        func run() async throws {
            guard let token = APIToken.ID(id) else { throw ValidationError("'\(id)' is no token's number.") }
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

private struct TokenLine: ListLine {
    let id: Int64
    let name: String
    let username: String
    let prefix: String
    let scopes: [String]
    let createdAt: String
    let lastUsedAt: String?
    /// The secret; only when the token was just made.
    let token: String?

    init(_ token: APIToken, secret: String? = nil) {
        id = token.id.value
        name = token.name
        username = token.username
        prefix = token.prefix
        scopes = token.scopes.map(\.rawValue).sorted()
        createdAt = token.createdAt.iso8601
        lastUsedAt = token.lastUsedAt?.iso8601
        self.token = secret
    }

    static let headings = ["ID", "NAME", "OF", "SCOPES", "SINCE", "LAST USED"]
    var cells: [String] {
        [String(id), name, username, scopes.joined(separator: ","), createdAt, lastUsedAt ?? "never"]
    }
}
