import ArgumentParser
import Foundation
import HomeChat

@main
struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "homechat",
        abstract: "The chat of a household, on hardware that it owns.",
        discussion: """
            Example: homechat serve
            Every command takes --data-dir and --json, and works while the server is running and while it is not.
            """,
        subcommands: [
            Serve.self, UserCommand.self, TokenCommand.self, ChannelCommand.self, BotCommand.self, BanCommand.self,
            AuditCommand.self, FilesCommand.self, SearchCommand.self,
            CredentialsCommand.self, DoctorCommand.self, EmergencyCommand.self, IncidentCommand.self,
            VersionCommand.self, ImageWorkerCommand.self,
        ])

    /// Exit codes: 0 done, 1 refused or failed with one line on standard error, 2 wrong usage.
    static func main() async {
        ProcessGuard.begin()
        ProcessLimits.shortenTurns()  // before there is another thread, which would not have it
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            leave(because: error)
        }
    }

    private static func leave(because error: any Error) -> Never {
        switch error {
        case let error as SettingsError:
            Output.complain(error.description)
            Foundation.exit(error.isUsage ? 2 : 1)
        case let error as ChatError:
            Output.complain(error.description)
            Foundation.exit(1)
        case let code as ExitCode:
            // The command has said why.
            Foundation.exit(code.rawValue)
        default:
            let code = exitCode(for: error)
            if code == .success {
                print(fullMessage(for: error))
            } else if code == .validationFailure {
                Output.complain(fullMessage(for: error), named: false)
            } else {
                Output.complain(String(describing: error))
            }
            Foundation.exit(code == .success ? 0 : code == .validationFailure ? 2 : 1)
        }
    }
}
