import ArgumentParser
import HomeChat

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Make and look after accounts.", discussion: "Example: homechat user list",
        subcommands: [
            Create.self, List.self, SetRole.self, Allow.self, ResetPassword.self, ResetLink.self,
            ResetSecondFactor.self, Invite.self, Lock.self, Unlock.self, Delete.self,
        ])
}

extension User.Role: ExpressibleByArgument {}

extension UserCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account.",
            discussion: """
                Example: homechat user create ana --role admin --password-stdin < password.txt
                Without --password-stdin a password is made up and printed once.
                """)

        @OptionGroup var console: Console
        @Argument(help: "The name to sign in with.") var name: String
        @Option(help: "What the person may do.") var role = User.Role.user
        @OptionGroup var choice: ChoiceOptions
        @Option(help: "How the person appears (default: the name).") var displayName: String?
        @Flag(help: "Read the password from the first line of standard input.") var passwordStdin = false

        func run() async throws {
            let choice = try choice.choice(role)
            let password = try GivenPassword(fromStandardInput: passwordStdin)
            let account = try NewAccount(username: name, displayName: displayName, password: password.text)
            try await console.run { server in
                var user = try await server.accounts.createUser(account, role: role, as: .console)
                if role.isRestricted {
                    try await server.roles.set(choice, of: user.id, as: .console)
                    user = try await server.users.find(user.id, as: .console)
                }
                let line = UserLine(user, password: password.shown)
                let made = password.shown.map { "\nPassword, shown only now: \($0)" } ?? ""
                try console.output.one(line, "Created \(user.username) (\(user.role.rawValue))\(made)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the accounts.", discussion: "Example: homechat user list --json")

        @OptionGroup var console: Console

        func run() async throws {
            try await console.run { server in
                var users: [User] = []
                while true {
                    let page = try await server.users.all(after: users.last?.username ?? "", as: .console)
                    users += page
                    if page.isEmpty { break }
                }
                try console.output.list(users.map { UserLine($0) })
            }
        }
    }

    struct SetRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what somebody may do.",
            discussion: "Example: homechat user set-role grandma guest --channel garden --until 7d")

        @OptionGroup var console: Console
        @Argument(help: "Whose role.") var name: String
        @Argument(help: "The new role.") var role: User.Role
        @OptionGroup var choice: ChoiceOptions

        func run() async throws {
            let choice = try choice.choice(role)
            let words = ["admin": "an admin", "user": "a user", "limited": "limited", "guest": "a guest"]
            try await console.change(name, "\(name) is \(words[role.rawValue] ?? role.rawValue) now") { server, user in
                try await server.roles.set(choice, of: user, as: .console)
            }
        }
    }

    struct Allow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Choose more channels and people for a limited account or a guest.",
            discussion: "Example: homechat user allow kim --channel family --person ana")

        @OptionGroup var console: Console
        @Argument(help: "For whom.") var name: String
        @Option(help: "A channel to be in; can be given several times.") var channel: [String] = []
        @Option(help: "Somebody to write to; can be given several times.") var person: [String] = []

        func run() async throws {
            try await console.change(name, "\(name) may be there and write to them now") { server, user in
                try await server.roles.allow(
                    channels: channel.map(ChannelChoice.named), people: person, for: user, as: .console)
            }
        }
    }

    struct ResetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give somebody a new password and sign them out everywhere.",
            discussion: """
                Example: homechat user reset-password ben
                Without --password-stdin a password is made up and printed once.
                """)

        @OptionGroup var console: Console
        @Argument(help: "Whose password.") var name: String
        @Flag(help: "Read the password from the first line of standard input.") var passwordStdin = false

        func run() async throws {
            let password = try GivenPassword(fromStandardInput: passwordStdin)
            let shown = password.shown.map { ", shown only now: \($0)" } ?? ""
            try await console.change(name, "New password for \(name)\(shown)", password: password.shown) {
                server, user in
                try await server.accounts.resetPassword(of: user, to: password.text, as: .console)
            }
        }
    }

    struct ResetLink: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a link with which somebody chooses a new password, once and within two hours.",
            discussion: "Example: homechat user reset-link ben")

        @OptionGroup var console: Console
        @Argument(help: "Whose password.") var name: String

        func run() async throws {
            try await console.run { server in
                let user = try await server.users.find(named: name, as: .console)
                let link = server.resets.address(of: try await server.resets.link(for: user.id, as: .console))
                try LinkLine(link: link).print(console.output)
            }
        }
    }

    struct ResetSecondFactor: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset-2fa",
            abstract: "Take somebody's second step, passkeys and connections with a provider away.",
            discussion: """
                Example: homechat user reset-2fa ben
                The password alone is enough then. Who has none needs a link: homechat user reset-link ben
                After somebody else was in the account, do both: reset-password ends sessions, this ends other ways in.
                """)

        @OptionGroup var console: Console
        @Argument(help: "Whose second step.") var name: String

        func run() async throws {
            try await console.run { server in
                let user = try await server.users.find(named: name, as: .console)
                let hasPassword = try await server.secondFactors.reset(of: user.id, as: .console)
                let next =
                    hasPassword
                    ? "" : "; without a password it takes a link: homechat user reset-link \(name)"
                try console.output.one(UserLine(user, password: nil), "\(name) needs no second step now\(next)")
            }
        }
    }

    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a link with which one person makes an account, within seven days.",
            discussion: "Example: homechat user invite --note Grandma")

        @OptionGroup var console: Console
        @Option(help: "For whom; only admins see it.") var note = ""

        func run() async throws {
            try await console.run { server in
                let made = try await server.invitations.create(note: note, as: .console)
                let link = server.invitations.address(of: made.secret)
                try LinkLine(link: link).print(console.output)
            }
        }
    }

    struct Lock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign somebody out everywhere and keep them out.", discussion: "Example: homechat user lock dov")

        @OptionGroup var console: Console
        @Argument(help: "Whom to keep out.") var name: String

        func run() async throws {
            try await console.change(name, "\(name) is locked out") { server, user in
                try await server.users.lock(user, as: .console)
            }
        }
    }

    struct Unlock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let somebody in again.", discussion: "Example: homechat user unlock dov")

        @OptionGroup var console: Console
        @Argument(help: "Whom to let in.") var name: String

        func run() async throws {
            try await console.change(name, "\(name) can sign in again") { server, user in
                try await server.users.unlock(user, as: .console)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete an account; what it wrote stays.", discussion: "Example: homechat user delete dov")

        @OptionGroup var console: Console
        @Argument(help: "Whose account.") var name: String

        func run() async throws {
            try await console.change(name, "Deleted \(name)", isGone: true) { server, user in
                try await server.users.delete(user, as: .console)
            }
        }
    }
}

extension Console {
    /// Finds somebody by name, changes something about them, and prints them as they are then.
    fileprivate func change(
        _ name: String, _ done: String, password: String? = nil, isGone: Bool = false,
        _ change: (ChatServer, User.ID) async throws -> Void
    ) async throws {
        try await run { server in
            let before = try await server.users.find(named: name, as: .console)
            try await change(server, before.id)
            let after = isGone ? before : try await server.users.find(before.id, as: .console)
            try output.one(UserLine(after, password: password), done)
        }
    }
}

private struct LinkLine: Encodable {
    /// Only a path where `public_url` is not set.
    let link: String

    func print(_ output: Output) throws {
        try output.one(self, link)
        guard link.hasPrefix("/") else { return }
        Output.complain(
            "this is the path only; set public_url to get whole links, or put your server's address in front")
    }
}
