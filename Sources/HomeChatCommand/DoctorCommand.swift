import ArgumentParser
import Foundation
import HomeChat

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look at how well this installation and its machine are secured.",
        discussion: """
            Example: homechat doctor --url https://chat.example.org --fix-hints
            Each line is pass, warn, fail or unknown; what cannot be seen from here is never a pass. The exit code is 0 while
            nothing fails.
            """)

    @OptionGroup var console: Console
    @Option(help: "Ask the address that people use, too.") var url: String?
    @Flag(help: "Say what mends each line.") var fixHints = false

    func run() async throws {
        var hasFailure = false
        try await console.run(isExamined: true) { server in
            let report = try await server.doctor.examine(url: url, as: .console)
            hasFailure = report.hasFailure
            try console.output.one(report, text(report))
        }
        if hasFailure { throw ExitCode.failure }
    }

    private func text(_ report: DoctorReport) -> String {
        let lines = report.checks.map { check in
            let status = check.status.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
            let hint = fixHints && !check.fix.isEmpty ? "\n        fix: \(check.fix)" : ""
            return "\(status)\(check.title): \(check.evidence)\(hint)"
        }
        return (lines + ["", "grade \(report.grade)"]).joined(separator: "\n")
    }
}
