import ArgumentParser
import Foundation
import HomeChat

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Look after the index that messages are found by.",
        subcommands: [Rebuild.self])

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the index of messages anew.",
            discussion: """
                Example: homechat search rebuild
                It can run beside the server. Until it is done, some messages are not found; the newest come first. Nothing else
                waits, but for emptying the old index: about a second for a million messages.
                """)

        @OptionGroup var console: Console

        func run() async throws {
            try await console.run { server in
                let backlog = server.searchBacklog
                var told = 0
                try await backlog.rebuild { count in
                    guard count - told >= 10_000 else { return }
                    told = count
                    try console.output.one(Progress(indexed: count, waiting: nil), "\(count) messages …")
                }
                let waiting = try await backlog.count()
                let rest =
                    waiting == 0 ? "" : ", \(waiting) wait: they were being changed, and the server takes them in"
                try console.output.one(Progress(indexed: nil, waiting: waiting), "The index is made anew\(rest).")
            }
        }
    }

    private struct Progress: Encodable {
        let indexed: Int?
        /// At the end only: what could not be taken in.
        let waiting: Int?
    }
}
