import ArgumentParser
import HomeChat

/// Looks at one file and ends. The server starts it, in a folder that it made; nobody else has to.
struct ImageWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image-worker", abstract: "Look at the file \"upload\" in this folder (the server does that).",
        shouldDisplay: false)

    @Option(help: "Refuse images with more in one frame.") var maximumPixels = 50_000_000
    @Option(help: "End after so long.") var milliseconds = 30_000
    @Flag(help: "Say what is there and which limits hold.") var selfTest = false

    func validate() throws {
        guard (1...1_000_000_000).contains(maximumPixels) else {
            throw ValidationError("--maximum-pixels must be 1 to 1000000000")
        }
        guard (1...3_600_000).contains(milliseconds) else {
            throw ValidationError("--milliseconds must be 1 to 3600000")
        }
    }

    func run() throws {
        let worker = ImageWorker(maximumPixels: maximumPixels, milliseconds: milliseconds)
        do {
            try selfTest ? worker.report(Output.write) : worker.examine(Output.write)
        } catch is ImageWorker.NoJob {
            Output.complain("there is no file \"upload\" here that can be read, or nothing can be written beside it")
            throw ExitCode(2)
        }
    }
}
