import ArgumentParser
import Foundation
import HomeChat

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server until it is told to stop (SIGTERM or Ctrl+C).",
        usage:
            "homechat serve [--json] [--config <file>] [--data-dir <dir>] [--host <host>] [--port <port>] [--<setting> <value> ...]",
        discussion: """
            Example: homechat serve --data-dir /var/lib/homechat --host 0.0.0.0 --port 3000

            Each setting is an option here, a variable in the environment (a.b.c is HOMECHAT_A_B_C) and a line in
            homechat.yaml in the data directory. Secrets are no options; they can be kept sealed instead, by
            homechat credentials set NAME. What says something wins in this order: option, variable, sealed credentials,
            homechat.yaml.

            \(Settings.all.map(helpLine).joined(separator: "\n"))
            """)

    @Flag(name: .long, help: "Print the ready line as a JSON object.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var settings: [String] = []

    func run() async throws {
        let settings = try Settings.load(arguments: settings, environment: ProcessInfo.processInfo.environment)
        Settings.forgetSecretEnvironment()
        try settings.requireFitForProduction()
        startLogging(settings.log)
        ProcessLimits.raiseFiles()
        let server = try await ChatServer.assemble(settings: settings)
        try await server.run { doors in
            let line = ReadyLine(doors, settings)
            try? Output(isJSON: json).one(line, line.text)
        }
    }

    private static func helpLine(_ setting: Setting) -> String {
        let ending = setting.defaultValue.map { $0.isEmpty ? "" : " (default: \($0))" } ?? ""
        let name = setting.isOnCommandLine ? "\(setting.flag) " : "\(setting.environmentName)="
        let sealed = setting.isSecret && setting.isInFile ? " (may be sealed)" : ""
        return "  \(name)<\(setting.valueName)>\(ending)\(sealed)\n      \(setting.help)"
    }
}
