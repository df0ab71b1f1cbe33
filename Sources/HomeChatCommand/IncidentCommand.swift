import ArgumentParser
import Foundation
import HomeChat

struct IncidentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident", abstract: "Write down what happened.",
        discussion: "Example: homechat incident report --since 24h --output incident.md", subcommands: [Report.self])
}

extension IncidentCommand {
    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A report from the audit log as Markdown; with --evidence, an archive of what it rests on.",
            discussion: """
                Example: homechat incident report --since 24h --evidence evidence.tar --log /var/log/homechat.log
                The archive holds the report, the whole audit log as JSON Lines, the configuration without its secrets, the logs
                and SHA256SUMS. The server logs to standard error: without --log the system's journal is asked.
                """)

        @OptionGroup var console: Console
        @Option(help: "How far back: 30m, 24h, 7d.") var since = Span(duration: .hours(24))
        @Option(help: ArgumentHelp("Write the report to a file, which must not be there.", valueName: "file"))
        var output: String?
        @Option(
            help: ArgumentHelp("Write an archive with everything, a tar, which must not be there.", valueName: "file"))
        var evidence: String?
        @Option(
            help: ArgumentHelp(
                "A file with the server's log, for --evidence; can be given several times.", valueName: "file"))
        var log: [String] = []

        func validate() throws {
            guard log.isEmpty || evidence != nil else { throw ValidationError("--log goes with --evidence.") }
        }

        func run() async throws {
            try await console.run { server in
                if let evidence { try await collect(evidence, server) }
                if let output { try write(try await report(server).markdown, to: output) }
                guard evidence == nil, output == nil else { return }
                let report = try await report(server)
                try console.output.one(report, report.markdown.trimmingCharacters(in: .newlines))
            }
        }

        private func report(_ server: ChatServer) async throws -> IncidentReport {
            try await server.incidents.report(for: since.duration, as: .console)
        }

        private func collect(_ path: String, _ server: ChatServer) async throws {
            let made = try await server.incidents.collectEvidence(
                into: path, for: since.duration, logs: log, as: .console)
            let lines = made.files.map { "  \($0.name), \($0.bytes) bytes" } + made.missing.map { "  not in it: \($0)" }
            try console.output.one(made, (["Wrote \(path)"] + lines).joined(separator: "\n"))
        }

        private func write(_ text: String, to path: String) throws {
            let file = try NewFile(path)
            do {
                try file.write(Data(text.utf8))
                try file.finish()
            } catch {
                file.abandon()
                throw error
            }
            try console.output.one(Written(report: path), "Wrote \(path)")
        }
    }

    private struct Written: Encodable {
        let report: String
    }
}
