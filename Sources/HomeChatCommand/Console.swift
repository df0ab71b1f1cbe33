import ArgumentParser
import Foundation
import HomeChat

/// What every command that looks into an installation takes.
struct Console: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The folder that holds everything (default: ./data, or HOMECHAT_DATA_DIR).", valueName: "dir"))
    var dataDir: String?

    @Option(
        name: .long, help: ArgumentHelp("A configuration file elsewhere than in the data directory.", valueName: "file")
    )
    var config: String?

    @Flag(name: .long, help: "Print JSON: one object, or one a line for lists.")
    var json = false

    var output: Output { Output(isJSON: json) }

    /// Opens the installation for one task. A running server hears at once what the task changes.
    /// - Parameter isExamined: whether what would stop a server is to be told and not to stop this as well.
    func run(isExamined: Bool = false, _ task: (ChatServer) async throws -> Void) async throws {
        let server = try await ChatServer.assemble(settings: try settings(isExamined: isExamined))
        do {
            try await task(server)
        } catch {
            try? await server.close()  // the first error is the one to tell
            throw error
        }
        try await server.close()
    }

    /// - Parameter withCredentials: false for what mends the credentials themselves.
    func settings(withCredentials: Bool = true, isExamined: Bool = false) throws -> Settings {
        var arguments: [String] = []
        if let dataDir { arguments += ["--data-dir=" + dataDir] }
        if let config { arguments += ["--config=" + config] }
        var settings = try Settings.load(
            arguments: arguments, environment: ProcessInfo.processInfo.environment, withCredentials: withCredentials,
            isExamined: isExamined)
        Settings.forgetSecretEnvironment()
        // Somebody waits for one answer, not for what a server has to tell.
        settings.log.level = max(settings.log.level, .error)
        startLogging(settings.log)
        return settings
    }
}
