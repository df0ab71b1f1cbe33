import ArgumentParser
import HomeChat

struct FilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files", abstract: "Look after what people sent.", discussion: "Example: homechat files check",
        subcommands: [Check.self])
}

extension FilesCommand {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the folder of files with what the database says of it.",
            discussion: """
                Example: homechat files check --verify
                It names bytes that are missing, have another size or, with --verify, other contents, and strays, to which
                nothing refers. The exit code is 1 where something is wrong. It can run while the server does: what came within the
                last hour is no stray.
                """)

        @OptionGroup var console: Console
        @Flag(help: "Read every byte, and not only count them.") var verify = false
        @Flag(help: "Remove what nothing refers to.") var removeStrays = false

        func run() async throws {
            var isSound = true
            try await console.run { server in
                let report = try await server.fileCheck.run(
                    verifies: verify, removesStrays: removeStrays, as: .console)
                isSound = report.isSound
                try console.output.one(CheckLine(report), text(report))
            }
            if !isSound { throw ExitCode.failure }
        }

        private func text(_ report: FileCheck.Report) -> String {
            var lines = report.problems.map { problem in
                let words = problem.kind.rawValue.replacing("_", with: " ")
                let messages = problem.messages.map { "\($0)" }.joined(separator: ", ")
                return "\(words)  \(problem.path)" + (messages.isEmpty ? "" : "  of message \(messages)")
            }
            let unlisted = report.counts.values.reduce(0, +) - Int64(report.problems.count)
            if unlisted > 0 { lines.append("and \(unlisted) more") }
            if report.removed > 0 { lines.append("Removed \(report.removed) strays") }
            let all = "\(report.contents) files and \(report.previews) previews, \(report.bytes) bytes"
            return (lines + [report.isSound ? "sound: \(all)" : "not sound: \(all)"]).joined(separator: "\n")
        }
    }
}

private struct CheckLine: Encodable {
    let isSound: Bool
    let files: Int64
    let previews: Int64
    let bytes: Int64
    let strays: Int64
    let missing: Int64
    let wrongSizes: Int64
    let wrongHashes: Int64
    let removed: Int64
    let problems: [Line]

    struct Line: Encodable {
        let problem: String
        let path: String
        let messageIds: [Int64]
    }

    init(_ report: FileCheck.Report) {
        isSound = report.isSound
        files = report.contents
        previews = report.previews
        bytes = report.bytes
        strays = report.counts[.stray] ?? 0
        missing = report.counts[.missing] ?? 0
        wrongSizes = report.counts[.wrongSize] ?? 0
        wrongHashes = report.counts[.wrongHash] ?? 0
        removed = report.removed
        problems = report.problems.map {
            Line(problem: $0.kind.rawValue, path: $0.path, messageIds: $0.messages.map(\.value))
        }
    }
}
