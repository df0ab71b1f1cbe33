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
    package let files: Files
    package let site: Site
    package let bans: Bans
    package let rateRules: RateRules
    package let bots: Bots
    package let commands: Commands
    package let assistants: AIBots

    let database: any Database
    let credentials: Credentials
    let board = PresenceBoard()
    let hasher = PasswordHasher()
    let passkeys: Passkeys
    /// nil: there is no provider.
    let openID: OpenIDSignIns?
    let lockout: Lockout
    let postman: Postman?
    let secrets: Secrets
    let deliveryBell = DeliveryBell()
    let audit: AuditLog
    let requestTally: RequestTally
    let counters = Counters()
    let limits: RateLimits
    let banList = BanList()
    let readOnly: ReadOnlyMode
    let watch: ProxyWatch
    let listeners: Listeners
    let challenges = Challenges()
    let lostBytes = LostBytes()
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
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.settings = settings
        self.secrets = secrets
        audit = AuditLog(key: secrets.auditKey, now: now)
        requestTally = RequestTally(
            audit: audit, database: database, countsRequests: settings.audit.countsRequests, now: now)
        self.database = database
        self.now = now
        self.logger = logger
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
        files = Files(
            database: database, folder: FileFolder(settings), rules: settings.files,
            examiner: FileExaminer(settings.files), now: now)
        site = Site(database: database, audit: audit, now: now)
        bans = Bans(database: database, list: banList, audit: audit, now: now)
        rateRules = RateRules(
            database: database, limits: limits, audit: audit, configured: settings.rateLimits, now: now)
        bots = Bots(database: database, sealer: secrets.sealer, audit: audit, now: now)
        commands = Commands(
            database: database, messages: messages, channels: channels, reading: reading, users: users, now: now)
        assistants = AIBots(
            bots: bots, models: AIModels(settings: settings.ai, sealer: secrets.sealer), database: database,
            sealer: secrets.sealer, audit: audit, now: now)
        readOnly = ReadOnlyMode(database: database, now: now)
    }

    /// After it nothing of this server may be used.
    package func close() async throws {
        await hasher.shutDown()
        try await database.close()
    }
}
