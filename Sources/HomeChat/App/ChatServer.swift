import Cable
import Foundation
import Logging
import NIOPosix
import Storage

/// Everything that HomeChat is, put together once. The command line uses the front doors of one that does not run.
package struct ChatServer: Sendable {
    package let settings: Settings
    package let accounts: Accounts
    package let signIns: SignIns
    package let proofs: Proofs
    package let secondFactors: SecondFactors
    package let resets: PasswordResets
    package let invitations: Invitations
    package let users: Users
    package let sessions: Sessions
    package let tokens: Tokens
    package let roles: Roles
    package let channels: Channels
    package let directMessages: DirectMessages
    package let messages: Messages
    package let reading: Reading
    package let presence: Presence
    package let search: Search
    package let site: Site
    package let bans: Bans
    package let rateRules: RateRules
    package let doctor: Doctor
    package let auditTrail: AuditTrail
    package let emergencies: Emergencies
    package let incidents: Incidents
    package let sealedCredentials: SealedCredentials
    package let keyBackup: KeyBackup

    let database: any Database
    let credentials: Credentials
    let board = PresenceBoard()
    let hasher: PasswordHasher
    let passkeys: Passkeys
    /// nil: there is no provider.
    let openID: OpenIDSignIns?
    let lockout: Lockout
    let postman: Postman?
    let secrets: Secrets
    let keyKeeper: KeyKeeper
    let audit: AuditLog
    let requestTally: RequestTally
    let counters = Counters()
    let limits: RateLimits
    let banList = BanList()
    let readOnly: ReadOnlyMode
    let watch: ProxyWatch
    let listeners: Listeners
    let challenges = Challenges()
    let caps: ConnectionCaps
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
            try await AuditChain.begin(secrets.auditKey, database)
            let keys = try await AccountKeys.load(secrets.sealer, database)
            let server = ChatServer(
                settings: settings, database: database, secrets: secrets, keys: keys, now: now, logger: logger)
            try await server.limits.load(from: database)
            try await server.banList.load(from: database, now())
            return server
        } catch {
            try? await database.close()  // the reason to fail is the one above
            throw error
        }
    }

    private init(
        settings: Settings, database: any Database, secrets: Secrets, keys: AccountKeys,
        now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.settings = settings
        self.secrets = secrets
        audit = AuditLog(key: secrets.auditKey, now: now)
        auditTrail = AuditTrail(
            database: database, audit: audit, retention: settings.audit.retention, now: now)
        requestTally = RequestTally(
            audit: audit, database: database, countsRequests: settings.audit.countsRequests, now: now)
        self.database = database
        self.now = now
        self.logger = logger
        hasher = PasswordHasher()
        watch = ProxyWatch(logger: logger)
        listeners = Listeners(settings)
        caps = .limited(by: settings, counters: counters)
        limits = RateLimits(settings.rateLimits, hashKey: secrets.limitsKey, counters: counters, now: now)
        credentials = Credentials(database: database, audit: audit, now: now)
        lockout = Lockout(key: keys.names, now: now)
        let gate = SignInGate(limits: limits, audit: audit, database: database)
        let doorway = Doorway(audit: audit, deviceKey: secrets.deviceKey)
        let codes = CodeCheck(sealer: secrets.sealer, keys: keys)
        let publicAddress = PublicAddress(settings)
        proofs = Proofs(database: database, hasher: hasher, gate: gate, lockout: lockout, audit: audit, now: now)
        accounts = Accounts(
            database: database, hasher: hasher, limits: limits, lockout: lockout, doorway: doorway, proofs: proofs,
            audit: audit, setUpGate: .choose(settings), now: now)
        signIns = SignIns(
            database: database, hasher: hasher, gate: gate, lockout: lockout, doorway: doorway, codes: codes,
            audit: audit, now: now)
        secondFactors = SecondFactors(
            database: database, proofs: proofs, codes: codes, lockout: lockout, audit: audit, now: now)
        passkeys = Passkeys(database: database, signIns: signIns, lockout: lockout, audit: audit, now: now)
        openID = OpenIDSignIns(
            settings.openID, publicAddress, database: database, signIns: signIns, limits: limits,
            sealer: secrets.sealer, audit: audit, now: now, logger: logger)
        postman = Postman(settings.mail, now: now, logger: logger)
        resets = PasswordResets(
            database: database, accounts: accounts, hasher: hasher, limits: limits, mail: postman, audit: audit,
            publicAddress: publicAddress, now: now)
        invitations = Invitations(
            database: database, limits: limits, audit: audit, publicAddress: publicAddress, now: now)
        users = Users(database: database, lockout: lockout, audit: audit, now: now)
        sessions = Sessions(database: database, audit: audit, now: now)
        tokens = Tokens(
            database: database, audit: audit, overlap: .hours(Int64(settings.tokenRotationHours)), now: now)
        roles = Roles(database: database, audit: audit, now: now)
        channels = Channels(database: database, limits: limits, audit: audit, now: now)
        directMessages = DirectMessages(database: database, now: now)
        let buttons = SecurityButtons(audit: audit)
        messages = Messages(database: database, limits: limits, buttons: buttons, audit: audit, now: now)
        reading = Reading(database: database)
        presence = Presence(database: database, board: board, limits: limits, now: now)
        search = Search(database: database, limits: limits, now: now)
        site = Site(database: database, audit: audit)
        bans = Bans(database: database, list: banList, audit: audit, now: now)
        rateRules = RateRules(database: database, limits: limits, audit: audit, configured: settings.rateLimits)
        readOnly = ReadOnlyMode(database: database, now: now)
        emergencies = Emergencies(
            database: database, credentials: credentials, readOnly: readOnly, audit: audit, now: now)
        incidents = Incidents(
            database: database, settings: settings, audit: audit, trail: auditTrail, now: now)
        doctor = Doctor(settings: settings, database: database, rateRules: rateRules, now: now)
        let keyFile = MasterKeyFile(settings: settings)
        keyKeeper = KeyKeeper(sealer: secrets.sealer, file: keyFile, database: database, logger: logger)
        keyBackup = KeyBackup(sealer: secrets.sealer, database: database, audit: audit, now: now)
        sealedCredentials = SealedCredentials(
            file: CredentialsFile(keys: keyFile), record: SealedCredentials.Record(database: database, audit: audit))
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

extension SiteSettings {
    static func applyDefaults(_ settings: Settings, to database: any Database) async throws {
        let chosen: [(Key, String)] = [
            settings.siteName.map { (.siteName, $0) },
            settings.allowSignups.map { (.allowSignups, String($0)) },
            settings.requiresSignupApproval.map {
                (.signUpMode, ($0 ? SignUpMode.approval : SignUpMode.open).rawValue)
            },
        ].compactMap(\.self)
        guard !chosen.isEmpty else { return }
        try await database.write { tx in
            for (key, value) in chosen { try SiteSettings.setUnlessChosen(key, to: value, tx) }
        }
    }
}
