import ArgumentParser
import Foundation
import HomeChat

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look at how well this installation and its machine are secured.",
        discussion: """
            Example: homechat doctor --url https://chat.example.org --fix-hints
            Each line is pass, warn, fail or unknown; what cannot be seen from here is never a pass. Without --url it asks
            public_url, if that is set. The exit code is 0 while nothing fails.
            """)

    @OptionGroup var console: Console
    @Option(help: "Ask the address that people use, too.") var url: String?
    @Flag(help: "Say what mends each line.") var fixHints = false

    func run() async throws {
        let report = try await report()
        try console.output.one(report, text(report))
        if report.hasFailure { throw ExitCode.failure }
    }

    private func report() async throws -> DoctorReport {
        let settings: Settings
        do {
            settings = try console.settings(isExamined: true)
        } catch let error as SettingsError where !error.isUsage {
            return await Doctor.examine(unopened: error, in: console.folder)
        }
        guard settings.hasInstallation else {
            throw ChatError.malformed("there is no installation of HomeChat in \(settings.dataDirectory)")
        }
        let server: ChatServer
        do {
            server = try await ChatServer.assemble(settings: settings)
        } catch {
            return await Doctor.examine(unopened: error, settings, in: settings.dataDirectory)
        }
        return try await console.using(server) { try await $0.doctor.examine(url: url, as: .console) }
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
