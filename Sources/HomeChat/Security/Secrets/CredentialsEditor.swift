import Foundation
import Subprocess

/// Opens the credentials in somebody's editor: in a folder of its own, in memory where the system has such a place, and
/// wiped afterwards.
package struct CredentialsEditor: Sendable {
    private static let prefix = "homechat-credentials-"

    let credentials: SealedCredentials
    /// A command line, like `vim` or `code --wait`.
    let editor: String

    package init(_ credentials: SealedCredentials, environment: [String: String]) {
        self.credentials = credentials
        let chosen = ["VISUAL", "EDITOR"].compactMap { environment[$0] }.first { !$0.isEmpty }
        editor = chosen ?? "vi"
    }

    /// - Parameter again: told what is wrong with the text; whether to go on with it.
    /// - Returns: whether something was changed.
    package func edit(as principal: Principal, again: (String) -> Bool) async throws -> Bool {
        try SealedCredentials.requireConsole(principal)
        let before = try credentials.file.read()
        let draft = CredentialsFile(keys: credentials.file.keys, isDraft: true)
        let begun = try draft.readBytes().map { String(decoding: $0, as: UTF8.self) }
        var text = begun ?? CredentialsText.render(before)
        do {
            let after = try await typed(&text, again)
            guard after != before else {
                draft.remove()
                return false
            }
            try await credentials.replace(before, with: after, as: principal)
            draft.remove()
            return true
        } catch {
            // What was typed is not to be typed again.
            if let key = try credentials.file.keys.read() { try? draft.writeBytes(Data(text.utf8), for: [key]) }
            throw error
        }
    }

    private func typed(_ text: inout String, _ again: (String) -> Bool) async throws -> [String: String] {
        let folder = try PrivateFolder(Self.prefix, fallback: credentials.file.keys.settings.dataDirectory)
        defer { folder.wipe() }
        let path = folder.path + "/credentials.yaml"
        try PrivateFile(path: path).create(with: Data(text.utf8))
        while true {
            try await open(path)
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ChatError.malformed("the editor left no text; nothing was changed")
            }
            text = String(decoding: data, as: UTF8.self)
            do {
                return try CredentialsText.parse(text)
            } catch {
                guard again(error.description) else {
                    throw ChatError.malformed("\(error); nothing was changed, and the next edit begins with your text")
                }
            }
        }
    }

    private func open(_ path: String) async throws {
        // Ctrl+C and a closed terminal are for the editor; we have something to wipe.
        let signals = [SIGINT, SIGHUP, SIGTERM, SIGQUIT].map { ($0, signal($0, SIG_IGN)) }
        defer { for (number, handler) in signals { signal(number, handler) } }
        let result = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", "\(editor) \"$1\"", "sh", path], input: .currentStandardInput,
            output: .currentStandardOutput, error: .currentStandardError)
        guard result.terminationStatus.isSuccess else {
            throw ChatError.malformed("the editor \"\(editor)\" failed; nothing was changed")
        }
    }
}
