import Cable
import Foundation
import Logging
import NIOPosix
import Storage

/// Everything that HomeChat is, put together once. The command line uses the front doors of one that does not run.
package struct ChatServer: Sendable {
    package let settings: Settings
    package let accounts: Accounts
    package let users: Users
    package let sessions: Sessions
    package let tokens: Tokens
    package let channels: Channels
    package let directMessages: DirectMessages
    package let messages: Messages
    package let reading: Reading
    package let presence: Presence
    package let search: Search
    package let site: Site

    let database: any Database
    let credentials: Credentials
    let board = PresenceBoard()
    let hasher: PasswordHasher
    let secrets: Secrets
    let audit: AuditLog
    let now: @Sendable () -> Timestamp
    let logger: Logger

    /// Opens the data and brings its schema up to date.
    package static func assemble(
        settings: Settings, now: @escaping @Sendable () -> Timestamp = { .now }
    ) async throws -> ChatServer {
        let logger = Logger(label: "homechat")
        let folder = DataDirectory(settings)
        try folder.prepare()
        let database = try await folder.openDatabase(logger: logger)
        do {
            try await database.migrate(Schema.migrations)
            try await SiteSettings.applyDefaults(settings, to: database)
            let secrets = try await Secrets.open(MasterKeyFile(settings: settings), database)
            return ChatServer(settings: settings, database: database, secrets: secrets, now: now, logger: logger)
        } catch {
            try? await database.close()  // the reason to fail is the one above
            throw error
        }
    }

    private init(
        settings: Settings, database: any Database, secrets: Secrets, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.settings = settings
        self.secrets = secrets
        audit = AuditLog(key: secrets.auditKey, now: now)
        self.database = database
        self.now = now
        self.logger = logger
        hasher = PasswordHasher()
        credentials = Credentials(database: database, now: now)
        accounts = Accounts(database: database, hasher: hasher, now: now)
        users = Users(database: database, now: now)
        sessions = Sessions(database: database, now: now)
        tokens = Tokens(database: database, now: now)
        channels = Channels(database: database, now: now)
        directMessages = DirectMessages(database: database, now: now)
        messages = Messages(database: database, buttons: SecurityButtons(audit: audit), now: now)
        reading = Reading(database: database)
        presence = Presence(database: database, board: board, now: now)
        search = Search(database: database, now: now)
        site = Site(database: database)
    }

    /// After it nothing of this server may be used.
    package func close() async throws {
        await hasher.shutDown()
        try await database.close()
    }
}

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

    func openDatabase(logger: Logger) async throws -> any Database {
        switch databaseURL {
        case .postgres(let url): try await PostgresDatabase(url: url, logger: logger)
        case .sqlite(let file): try SQLiteDatabase(path: file, controlSocket: "\(path)/control.sock", logger: logger)
        case nil:
            try SQLiteDatabase(path: "\(path)/homechat.sqlite3", controlSocket: "\(path)/control.sock", logger: logger)
        }
    }
}

extension SiteSettings {
    static func applyDefaults(_ settings: Settings, to database: any Database) async throws {
        let chosen: [(Key, String)] = [
            settings.siteName.map { (.siteName, $0) }, settings.allowSignups.map { (.allowSignups, String($0)) },
        ].compactMap(\.self)
        guard !chosen.isEmpty else { return }
        try await database.write { tx in
            for (key, value) in chosen { try SiteSettings.setUnlessChosen(key, to: value, tx) }
        }
    }
}
