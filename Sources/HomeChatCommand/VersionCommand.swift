import ArgumentParser
import HomeChat

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version of this binary.",
        discussion: "Example: homechat version --json")

    @OptionGroup var console: Console

    func run() throws {
        try console.output.one(["version": Version.current], "homechat \(Version.current)")
    }
}
