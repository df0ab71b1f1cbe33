import ArgumentParser
import HomeChat

struct ChannelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "channel", abstract: "Make and list channels.", discussion: "Example: homechat channel list",
        subcommands: [Create.self, List.self])
}

extension ChannelCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a channel.",
            discussion: "Example: homechat channel create garden --description \"What grows\"")

        @OptionGroup var console: Console
        @Argument(help: "Its name, 2 to 50 characters.") var name: String
        @Option(help: "What it is for.") var description = ""
        @Flag(name: .customLong("private"), help: "By invitation only.") var isPrivate = false

        func run() async throws {
            let draft = try ChannelDraft(name: name, description: description, isPrivate: isPrivate)
            try await console.run { server in
                let channel = try await server.channels.create(draft, as: .console)
                try console.output.one(ChannelLine(channel), "Created #\(channel.name) (\(channel.kind.rawValue))")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the channels, without direct messages.", discussion: "Example: homechat channel list --json"
        )

        @OptionGroup var console: Console

        func run() async throws {
            try await console.run { server in
                try console.output.list(try await server.channels.all(as: .console).map(ChannelLine.init))
            }
        }
    }
}

private struct ChannelLine: ListLine {
    let id: Int64
    let name: String
    let type: String
    let description: String
    let archivedAt: String?
    let retentionDays: Int64?
    let createdAt: String

    init(_ channel: Channel) {
        id = channel.id.value
        name = channel.name
        type = channel.kind.rawValue
        description = channel.description
        archivedAt = channel.archivedAt?.iso8601
        retentionDays = channel.retentionDays
        createdAt = channel.createdAt.iso8601
    }

    static let headings = ["ID", "NAME", "TYPE", "ARCHIVED", "SINCE", "ABOUT"]
    var cells: [String] {
        [
            String(id), name, type, archivedAt == nil ? "no" : "yes", createdAt,
            description.split(separator: "\n").joined(separator: " "),
        ]
    }
}
