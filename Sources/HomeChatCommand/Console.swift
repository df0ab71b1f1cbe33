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
    func run(_ task: (ChatServer) async throws -> Void) async throws {
        try await using(try await ChatServer.assemble(settings: try settings()), task)
    }

    /// Closes it afterwards, whatever came of the task.
    func using<Result>(_ server: ChatServer, _ task: (ChatServer) async throws -> Result) async throws -> Result {
        let result: Result
        do {
            result = try await task(server)
        } catch {
            try? await server.close()  // the first error is the one to tell
            throw error
        }
        try await server.close()
        return result
    }

    /// What is looked at, before any settings are read.
    var folder: String {
        let named = ProcessInfo.processInfo.environment["HOMECHAT_DATA_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        return dataDir ?? named ?? Settings().dataDirectory
    }

    /// - Parameters:
    ///   - withCredentials: false for what mends the credentials themselves.
    ///   - isExamined: what would stop a server is to be told, and not to stop this as well.
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
