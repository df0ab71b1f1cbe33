import ArgumentParser
import Foundation
import HomeChat

extension AuditCommand {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Walk the whole log and name the first entry that was changed, removed or inserted.",
            discussion: """
                Example: homechat audit verify
                The exit code is 1 where something is wrong. It can run while the server does. The last word is the newest
                entry with its seal: kept elsewhere and given as --head later, it shows that nobody put an old log back.
                """)

        @OptionGroup var console: Console
        @Option(help: "What an earlier verification printed as the newest entry.") var head: String?

        func run() async throws {
            let noted = try head.map { try AuditHead($0) }
            var isIntact = true
            try await console.run { server in
                let found = try await server.auditTrail.verify(noted: noted, as: .console)
                isIntact = found.isIntact
                let line = AuditVerificationLine(found)
                let text =
                    found.problem.map { "broken: \($0.text)" }
                    ?? "intact: \(found.entries) entries, newest \(line.head)"
                if isIntact || console.json { try console.output.one(line, text) } else { Output.complain(text) }
            }
            if !isIntact { throw ExitCode.failure }
        }
    }

    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget old entries; what stays can be verified as before.",
            discussion: "Example: homechat audit prune --older-than 90d")

        @OptionGroup var console: Console
        @Option(help: "How old: 90d, 48h.") var olderThan: Span
        @Flag(help: "Also where the log is not as it was written, so that it is sound again.") var force = false

        func run() async throws {
            try await console.run { server in
                let pruned = try await server.auditTrail.prune(
                    olderThan: olderThan.duration, force: force, as: .console)
                let text =
                    pruned.entries == 0
                    ? "Nothing is that old" : "Forgot \(pruned.entries) entries, up to entry \(pruned.through)"
                try console.output.one(Line(pruned: pruned.entries, through: pruned.through), text)
            }
        }

        private struct Line: Encodable {
            let pruned: Int64
            let through: Int64
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write entries into a file that its owner alone can read, the oldest first.",
            discussion: "Example: homechat audit export --format csv --since 30d --output audit.csv")

        @OptionGroup var console: Console
        @OptionGroup var filter: AuditFilterOptions
        @Option(help: "csv, or jsonl for a line of JSON each.") var format: AuditExport.Format
        @Option(name: .shortAndLong, help: "The file; there must be none of that name yet.") var output: String

        func run() async throws {
            try await console.run { server in
                let trail = server.auditTrail
                let words = try trail.filter(filter.words)
                let file = try NewFile(output)
                do {
                    let export = try await trail.export(words, as: format, by: .console)
                    let count = try await export.write { try file.write(Data($0.utf8)) }
                    try file.finish()
                    try console.output.one(
                        Line(file: output, format: format.rawValue, entries: count),
                        "Wrote \(count) entries to \(output)")
                } catch {
                    file.abandon()
                    throw error
                }
            }
        }

        private struct Line: Encodable {
            let file: String
            let format: String
            let entries: Int64
        }
    }
}

extension AuditExport.Format: ExpressibleByArgument {}
