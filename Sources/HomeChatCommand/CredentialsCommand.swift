import ArgumentParser
import Foundation
import HomeChat

struct CredentialsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credentials", abstract: "Secret settings, kept sealed, and the master key that opens them.",
        discussion: """
            Example: homechat credentials set smtp.password
            What can be kept: \(SealedCredentials.names.joined(separator: ", ")). The server reads them when it starts.
            """,
        subcommands: [Edit.self, Show.self, Get.self, Set.self, Unset.self, RotateKey.self, BackupKey.self])
}

/// What every command that changes credentials takes.
struct CredentialsOptions: ParsableArguments {
    @OptionGroup var console: Console
    @Flag(
        help: """
            Do not open the database, and so write nothing into the audit log: for when the database's own address or \
            password is what has to be mended.
            """)
    var offline = false

    func change(_ task: (SealedCredentials) async throws -> Void) async throws {
        guard offline else { return try await console.run { try await task($0.sealedCredentials) } }
        try await task(.offline(try console.settings(withCredentials: false)))
    }
}

extension CredentialsCommand {
    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open them in $EDITOR, in a private file that is wiped afterwards.",
            discussion: """
                Example: homechat credentials edit
                In another editor: EDITOR=nano homechat credentials edit
                """)

        @OptionGroup var options: CredentialsOptions

        func run() async throws {
            let environment = ProcessInfo.processInfo.environment
            try await options.change { credentials in
                let editor = CredentialsEditor(credentials, environment: environment)
                let isChanged = try await editor.edit(as: .console, again: askAgain)
                try options.console.output.one(
                    Edited(changed: isChanged),
                    isChanged ? "Changed; a running server reads it when it starts again" : "Nothing was changed")
            }
        }

        /// Without a person there is nobody to go on.
        private func askAgain(_ problem: String) -> Bool {
            guard isatty(STDIN_FILENO) == 1 else { return false }
            Output.complain(problem)
            // Nobody reads it: nobody answers either.
            try? FileHandle.standardError.write(contentsOf: Data("Edit again? [Y/n] ".utf8))
            return readLine().map { !$0.lowercased().hasPrefix("n") } ?? false
        }

        private struct Edited: Encodable {
            let changed: Bool
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print all of them, in clear.", discussion: "Example: homechat credentials show")

        @OptionGroup var console: Console

        func run() async throws {
            let all = try SealedCredentials.offline(try console.settings(withCredentials: false)).all()
            try console.output.list(all.map { CredentialLine(name: $0.name, value: $0.value) })
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print one of them alone.", discussion: "Example: homechat credentials get smtp.password")

        @OptionGroup var console: Console
        @Argument(help: "The setting's name.") var name: String

        func run() async throws {
            let credentials = SealedCredentials.offline(try console.settings(withCredentials: false))
            let value = try credentials.value(of: name)
            try console.output.one(CredentialLine(name: name, value: value), value)
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep one of them; the value comes from standard input.",
            discussion: "Example: homechat credentials set smtp.password <password.txt")

        @OptionGroup var options: CredentialsOptions
        @Argument(help: "The setting's name.") var name: String

        func run() async throws {
            let value = try given()
            try await options.change { credentials in
                try await credentials.set(name, to: value, as: .console)
                try options.console.output.one(
                    Changed(name: name, kept: true), "Kept \(name); a running server reads it when it starts again")
            }
        }

        /// Never an argument: everybody on the machine can list those.
        private func given() throws -> String {
            guard isatty(STDIN_FILENO) != 1 else {
                return getpass("\(name): ").map { String(cString: $0) } ?? ""
            }
            let data = FileHandle.standardInput.readDataToEndOfFile()
            guard var text = String(data: data, encoding: .utf8) else {
                throw ChatError.malformed("the value is no text")
            }
            if text.hasSuffix("\n") { text.removeLast() }
            guard !text.isEmpty else { throw ChatError.missing("the value, which standard input should hold,") }
            return text
        }
    }

    struct Unset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget one of them.", discussion: "Example: homechat credentials unset smtp.password")

        @OptionGroup var options: CredentialsOptions
        @Argument(help: "The setting's name.") var name: String

        func run() async throws {
            try await options.change { credentials in
                try await credentials.unset(name, as: .console)
                try options.console.output.one(Changed(name: name, kept: false), "Forgot \(name)")
            }
        }
    }

    private struct Changed: Encodable {
        let name: String
        let kept: Bool
    }
}

private struct CredentialLine: ListLine {
    let name: String
    let value: String

    static let headings = ["NAME", "VALUE"]
    var cells: [String] { [name, value] }
}
