import Foundation
import Logging
import Storage

/// The one folder that holds everything.
struct DataDirectory: Sendable {
    private let path: String
    private let databaseURL: DatabaseURL?

    init(_ settings: Settings) {
        path = settings.dataDirectory
        databaseURL = settings.databaseURL
    }

    /// Made for its owner alone, and so is every file that this process makes from now on.
    func prepare() throws {
        umask(0o077)
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        } catch {
            throw ChatError.malformed("cannot use \(path) as the data directory: \(error.localizedDescription)")
        }
    }

    /// - Returns: the path of the file, which the owner alone can read.
    func keepSetUpSecret(_ secret: String) throws -> String {
        forgetSetUpSecret()  // not through a link that somebody left there
        guard
            FileManager.default.createFile(
                atPath: setUpSecretPath, contents: Data("\(secret)\n".utf8), attributes: [.posixPermissions: 0o600])
        else { throw ChatError.malformed("cannot write \(setUpSecretPath)") }
        return setUpSecretPath
    }

    /// Once there is an admin it opens nothing any more.
    func forgetSetUpSecret() {
        try? FileManager.default.removeItem(atPath: setUpSecretPath)
    }

    private var setUpSecretPath: String { "\(path)/setup-secret" }

    func openDatabase(logger: Logger) async throws -> any Database {
        switch databaseURL {
        case .postgres(let url): try await PostgresDatabase(url: url, logger: logger)
        case .sqlite(let file): try SQLiteDatabase(path: file, controlSocket: "\(path)/control.sock", logger: logger)
        case nil:
            try SQLiteDatabase(path: "\(path)/homechat.sqlite3", controlSocket: "\(path)/control.sock", logger: logger)
        }
    }
}
