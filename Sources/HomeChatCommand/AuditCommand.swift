import ArgumentParser
import Foundation
import HomeChat

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read, verify, copy and shorten the audit log.",
        discussion: """
            Example: homechat audit list --action login --action login_failed --limit 100
            Times are UTC. They are given like 2026-11-25T18:00:00Z, or as so long ago, like 24h or 7d.
            """,
        subcommands: [List.self, Count.self, Tail.self, Export.self, Verify.self, Prune.self])
}

/// Which entries; every command that reads takes these.
struct AuditFilterOptions: ParsableArguments {
    @Option(help: "Only this action; may be given several times.") var action: [String] = []
    @Option(help: "Only what this person did: a user name, or an id.") var user: String?
    @Option(help: "Only what was done under this name, as it was at the time.") var actor: String?
    @Option(help: "Only from this address or network.") var ip: String?
    @Option(help: "Not older than this.") var since: String?
    @Option(help: "Older than this.") var until: String?
    @Option(help: "Only what was done to this: user:3, token:4, or token: for all of them.") var target: String?
    @Option(help: "Only of this request.") var requestId: String?

    var words: AuditFilter.Words {
        var words = AuditFilter.Words()
        words.actions = action
        (words.user, words.actor, words.ip) = (user, actor, ip)
        (words.since, words.until, words.target, words.requestID) = (since, until, target, requestId)
        return words
    }
}

extension AuditCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show entries, the newest first.",
            discussion: "Example: homechat audit list --action api_request --since 24h")

        @OptionGroup var console: Console
        @OptionGroup var filter: AuditFilterOptions
        @Option(help: "How many at most.") var limit = 100

        func validate() throws {
            guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000000.") }
        }

        func run() async throws {
            try await console.run { server in
                let trail = server.auditTrail
                let filter = try trail.filter(filter.words)
                var lines: [AuditListLine] = []
                var before: AuditEntry.ID?
                var count = 0
                repeat {
                    let page = try await trail.page(filter, before: before, limit: limit - count, as: .console)
                    count += page.entries.count
                    before = page.hasMore ? page.entries.last?.id : nil
                    // A table waits for its widths; lines of JSON need not.
                    if console.json {
                        for entry in page.entries { try Output.write(AuditLine(entry).json) }
                    } else {
                        lines += page.entries.map(AuditListLine.init)
                    }
                } while before != nil && count < limit
                if !console.json { try console.output.list(lines) }
            }
        }
    }

    struct Count: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count what happened, by one of: action, actor, ip, user, token.",
            discussion: "Example: homechat audit count --action login_failed --by ip")

        @OptionGroup var console: Console
        @OptionGroup var filter: AuditFilterOptions
        @Option(help: "What to count by.") var by: AuditGrouping
        @Option(help: "How many lines at most.") var limit = AuditTrail.maximumGroups

        func run() async throws {
            try await console.run { server in
                let trail = server.auditTrail
                let counts = try await trail.count(
                    try trail.filter(filter.words), by: by, limit: limit, as: .console)
                try console.output.list(counts.map { CountLine(AuditCountLine($0), by) })
            }
        }
    }

    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the newest entries, the newest last, and go on as they come.",
            discussion: "Example: homechat audit tail --follow --action login_failed")

        @OptionGroup var console: Console
        @OptionGroup var filter: AuditFilterOptions
        @Option(name: [.customShort("n"), .long], help: "How many to begin with.") var lines = 10
        @Flag(name: .shortAndLong, help: "Wait for more until it is interrupted.") var follow = false

        private static let pause = Duration.seconds(1)

        func validate() throws {
            guard (0...AuditTrail.maximumPage).contains(lines) else {
                throw ValidationError("--lines must be from 0 to \(AuditTrail.maximumPage).")
            }
        }

        func run() async throws {
            try await console.run { server in
                let trail = server.auditTrail
                let filter = try trail.filter(filter.words)
                let newest = try await trail.page(AuditFilter(), limit: 1, as: .console).entries.first?.id
                if lines > 0 {
                    try show(try await trail.page(filter, limit: lines, as: .console).entries.reversed())
                }
                var last = newest ?? AuditEntry.ID(0)
                while follow {
                    try await Task.sleep(for: Self.pause)
                    let entries = try await trail.next(filter, after: last, as: .console)
                    try show(entries)
                    last = entries.last?.id ?? last
                }
            }
        }

        private func show(_ entries: [AuditEntry]) throws {
            for entry in entries {
                let cells = AuditListLine(entry).cells.map { $0.printable() }
                try Output.write(console.json ? try AuditLine(entry).json : cells.joined(separator: "  "))
            }
        }
    }
}

extension AuditGrouping: ExpressibleByArgument {}

struct AuditListLine: ListLine {
    private let line: AuditLine

    init(_ entry: AuditEntry) {
        line = AuditLine(entry)
    }

    func encode(to encoder: any Encoder) throws { try line.encode(to: encoder) }

    static let headings = ["TIME", "ACTION", "WHO", "ADDRESS", "TARGET", "DETAILS"]

    var cells: [String] {
        [line.createdAt, line.action, line.actor, line.ipAddress, line.target, line.detailText]
            .map { $0.isEmpty ? "-" : $0 }
    }
}

/// The value under the name of what is counted by, so that a script reads `.ip` or `.token`.
private struct CountLine: ListLine {
    private let line: AuditCountLine
    private let grouping: AuditGrouping

    init(_ line: AuditCountLine, _ grouping: AuditGrouping) {
        self.line = line
        self.grouping = grouping
    }

    func encode(to encoder: any Encoder) throws {
        try line.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(line.value, forKey: Key(stringValue: grouping.rawValue))
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    static let headings = ["COUNT", "VALUE", "NAME", "LAST"]

    var cells: [String] {
        [
            String(line.count), line.value.isEmpty ? "-" : line.value, line.name ?? "-",
            line.lastAt,
        ]
    }
}
