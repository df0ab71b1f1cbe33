import ArgumentParser
import HomeChat

struct BanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ban", abstract: "Shut networks out, and let them in again.",
        discussion: "Example: homechat ban list", subcommands: [Add.self, List.self, Remove.self])
}

extension BanCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Close pages, API and open sockets to a network, at once.",
            discussion: "Example: homechat ban add 203.0.113.0/24 --for 24h --reason \"guesses passwords\"")

        @OptionGroup var console: Console
        @Argument(help: "An address, or a network like 203.0.113.0/24.") var network: String
        @Option(help: "Why.") var reason = ""
        @Option(name: .customLong("for"), help: "For how long: 30m, 24h, 7d; for good if left out.") var length: Span?

        func validate() throws {
            guard length?.duration != .zero else {
                throw ValidationError("--for must be at least 1s; left out, the ban is for good.")
            }
        }

        func run() async throws {
            try await console.run { server in
                let end = length.map { Timestamp.now + $0.duration }
                let ban = try await server.bans.add(network: network, reason: reason, until: end, as: .console)
                let text = "Banned \(ban.network)" + (ban.expiresAt.map { " until \($0.iso8601)" } ?? " for good")
                try console.output.one(BanLine(ban), text)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what is banned now.", discussion: "Example: homechat ban list --json")

        @OptionGroup var console: Console

        func run() async throws {
            try await console.run { server in
                try console.output.list(try await server.bans.all(as: .console).map(BanLine.init))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a network in again.", discussion: "Example: homechat ban remove 203.0.113.0/24")

        @OptionGroup var console: Console
        @Argument(help: "As `ban list` shows it.") var network: String

        func run() async throws {
            try await console.run { server in
                try await server.bans.remove(network: network, as: .console)
                try console.output.one(Removed(network: network), "\(network) may come in again")
            }
        }

        private struct Removed: Encodable {
            let network: String
            var removed = true
        }
    }
}

private struct BanLine: ListLine {
    let id: Int64
    let network: String
    let reason: String
    let bannedBy: String
    let createdAt: String
    let expiresAt: String?

    init(_ ban: Ban) {
        id = ban.id.value
        network = ban.network
        reason = ban.reason
        bannedBy = ban.bannedBy
        createdAt = ban.createdAt.iso8601
        expiresAt = ban.expiresAt?.iso8601
    }

    static let headings = ["NETWORK", "BY", "SINCE", "UNTIL", "WHY"]
    var cells: [String] { [network, bannedBy, createdAt, expiresAt ?? "for good", reason] }
}
