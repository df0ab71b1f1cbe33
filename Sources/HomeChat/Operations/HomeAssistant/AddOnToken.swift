import Foundation
import Logging
import ServiceLifecycle

/// The token that the add-on makes for Home Assistant when it is told to: in a file that its owner alone can read, never in
/// the log. It belongs to an account of its own, so that what Home Assistant says is nobody's word.
struct AddOnToken: Service {
    static let fileName = "home_assistant_api_token"
    static let name = "Home Assistant Addon"
    static let username = "home_assistant"
    private static let scopes: [Scope] = [
        .messagesRead, .messagesWrite, .channelsRead, .channelsWrite, .usersRead, .bots,
    ]
    /// How often it is looked whether the first run is over: the first account is a person's, and theirs is the house.
    private static let period = Duration.seconds(5)

    let accounts: Accounts
    let tokens: Tokens
    let folder: String
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            do {
                while try await !isMade() { try await Task.sleep(for: Self.period) }
            } catch is CancellationError {
            } catch {
                logger.warning("there is no token for Home Assistant", metadata: ["reason": "\(error)"])
            }
        }
        try? await gracefulShutdown()  // cancelled instead: the same ending
    }

    /// Once, for as long as the file is there; without it the token gets a new secret, for the old one is lost.
    private func isMade() async throws -> Bool {
        let path = "\(folder)/\(Self.fileName)"
        guard !FileManager.default.fileExists(atPath: path) else { return true }
        guard try await !accounts.needsFirstRun() else { return false }
        let file = try NewFile(path)
        do {
            try file.write(Data((try await secret() + "\n").utf8))
            try file.finish()
        } catch {
            file.abandon()
            throw error
        }
        logger.notice("Home Assistant's token is in a file", metadata: ["path": "\(path)"])
        return true
    }

    private func secret() async throws -> String {
        let old = try await tokens.list(of: nil, as: .console).first {
            $0.name == Self.name && $0.username == Self.username
        }
        if let old { return try await tokens.rotate(old.id, overlap: .zero, as: .console).secret }
        let new = try NewToken(name: Self.name, scopes: Self.scopes.map(\.rawValue))
        return try await tokens.create(new, for: try await owner().id, as: .console).secret
    }

    /// Nobody knows its password, so nobody signs in with it. Where a person has the name, there is no token: it would speak
    /// for them.
    private func owner() async throws -> User {
        var random = SystemRandomNumberGenerator()
        let account = try NewAccount(
            username: Self.username, displayName: "Home Assistant",
            password: SecretToken.session(using: &random).text)
        return try await accounts.createUser(account, role: .user, as: .console)
    }
}
