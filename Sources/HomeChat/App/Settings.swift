/// What the person who runs the server decides before it starts: every setting once, with its default.
package struct Settings: Sendable {
    package var host = "127.0.0.1"
    package var port = 3000
    package var dataDirectory = "./data"
    /// `nil`: SQLite, in the data directory.
    package var databaseURL: DatabaseURL?
    /// Where people reach the server, when that is not the address that it listens on.
    package var publicURLs: [String] = []
    /// Empty, or "/prefix" without a slash at its end.
    package var basePath = ""
    /// Addresses and networks (CIDR) whose forwarding headers are believed.
    package var trustedProxies = ["127.0.0.1", "::1"]
    /// Other origins whose pages may open the cable with a person's cookie.
    package var allowedOrigins: [String] = []
    /// Origins whose scripts may call the API with a token of theirs (CORS).
    package var crossOrigins: [String] = []
    /// Names under which requests are taken; empty: any.
    package var allowedHosts: [String] = []
    /// Nothing is served over plain HTTP, and no token is taken there.
    package var forcesTLS = false
    package var tls = TLS()
    package var administration = Administration()
    /// For `/.well-known/security.txt` (RFC 9116); without one there is none.
    package var securityContact: String?
    /// What a new installation starts with; afterwards an admin decides on the page.
    package var siteName: String?
    package var allowSignups: Bool?
    package var requiresSignupApproval: Bool?
    package var retentionDays: Int?
    /// What the first run asks for; `nil`: nothing, or a made-up one on a public address.
    package var setupSecret: String?
    /// Development: serve `Web/` from this folder instead of from the binary.
    package var assetsDirectory: String?
    package var eventLoops: Int?
    package var tokenRotationHours = 24
    /// 64 hexadecimal digits; `nil`: in its file.
    package var masterKey: String?
    /// `nil`: `master.key` in the data directory.
    package var masterKeyFile: String?
    /// Refuses what a server that others rely on must not be: run by root, with its key where it may be published.
    package var isProduction = false
    package var allowsRoot = false
    /// By the doctor, which reports a key that others can read; everybody else is refused it.
    package var isExamined = false
    package var mail = Mail()
    package var openID = OpenID()
    package var log = Log()
    package var limits = Limits()
    package var files = Files()
    package var linkPreviews = LinkPreviews()
    package var contentSecurityPolicy = ContentSecurityPolicy()
    package var headers = Headers()
    package var rateLimits = RateSettings()
    package var audit = Audit()
    package var homeAssistant = HomeAssistant()
    package var ai = AI()
    /// What webhooks are shown with, where that is not the public address.
    package var webhookBaseURL: String?
    package var discovery = Discovery()
    /// Home Assistant's add-on.
    package var isAddOn = false
    package var makesAddOnToken = false
    /// Bots, and webhooks in and out.
    package var allowsIntegrations = true

    /// What was accepted and has no effect, to be logged once at start.
    package var remarks: [String] = []

    package init() {}

    package struct Log: Sendable {
        package var level = LogLevel.info
        package var format = LogFormat.human
    }

    package struct Limits: Sendable {
        package var bodyBytes = 1 << 20
        package var cableMessageBytes = 64 << 10
        package var cableBacklogBytes = 1 << 20
        package var cables = 10_000
        package var cablesPerUser = 200
        package var cablesPerAddress = 2_000
        package var connections = 12_000
        package var connectionsPerAddress = 2_500
    }

    package struct Headers: Sendable {
        /// The guide's value; modern advice is 0.
        package var xssProtection = XSSProtection.block
        package var includesSubdomains = false
        package var preloads = false
    }

    /// The directives that may be changed; the others (`object-src`, `base-uri`, `form-action`) are fixed.
    package struct ContentSecurityPolicy: Sendable {
        package var defaultSources = ["'self'"]
        package var fontSources = ["'self'", "data:"]
        package var imageSources = ["'self'", "data:", "blob:"]
        package var scriptSources = ["'self'"]
        package var styleSources = ["'self'"]
        package var connectSources = ["'self'"]
        package var frameAncestors = ["'self'"]
    }
}

extension Settings {
    /// `a.b.c` is `a: {b: {c: …}}` in the file, `HOMECHAT_A_B_C` in the environment and `--a-b-c` on the command line.
    /// `environment` lists names that existing installations use besides.
    package static let all: [Setting] =
        main + security + transport + administrationEntries + auditing + openIDEntries + rateLimiting + bots
        + discoveryEntries + addOn + assistants + uploads + previews

    private static let main: [Setting] = [
        Setting("host", \.host, .text, "address to listen on; 0.0.0.0 opens the server to the household"),
        Setting("port", \.port, .integer(0...65535), "port to listen on; 0 picks a free one", environment: ["PORT"]),
        Setting("data_dir", \.dataDirectory, .path, "folder that holds everything", inFile: false),
        Setting(
            "database_url", \.databaseURL, .optional(.databaseURL), "postgres://… or sqlite3:PATH",
            environment: ["DATABASE_URL"], isSecret: true),
        Setting("public_url", \.publicURLs, .list(.origin), "addresses under which people reach the server"),
        Setting(
            "base_path", \.basePath, .basePath, "path prefix that a proxy adds, like /chat",
            environment: ["RAILS_RELATIVE_URL_ROOT"]),
        Setting(
            "trusted_proxies", \.trustedProxies, .list(.network),
            "addresses or networks whose forwarding headers are believed"),
        Setting("allowed_origins", \.allowedOrigins, .list(.origin), "other origins that may open the cable"),
        Setting(
            "site_name", \.siteName, .optional(.name), "name of a new installation", environment: ["SITE_NAME"]),
        Setting(
            "allow_signups", \.allowSignups, .optional(.boolean), "whether a new installation lets people sign up",
            environment: ["ALLOW_SIGNUPS"]),
        Setting(
            "require_signup_approval", \.requiresSignupApproval, .optional(.boolean),
            "whether an admin of a new installation has to let in who signs up"),
        Setting(
            "retention_days", \.retentionDays, .optional(.integer(1...36_500)),
            "days that a new installation keeps messages; for ever if unset"),
        Setting(
            "setup.secret", \.setupSecret, .optional(.secret), "what the first run asks for, before it makes the admin",
            isSecret: true),
        Setting(
            "smtp.url", \.mail.url, .optional(.smtpServer), "mail server: smtps://host:465 or smtp://host:587"),
        Setting("smtp.username", \.mail.username, .optional(.text), "account at the mail server"),
        Setting("smtp.password", \.mail.password, .optional(.secret), "its password", isSecret: true),
        Setting("smtp.from", \.mail.from, .optional(.email), "address that mail comes from"),
        Setting(
            "smtp.ca_file", \.mail.authorityFile, .optional(.path),
            "certificate of a private authority that signed the mail server's"),
        Setting(
            "assets_dir", \.assetsDirectory, .optional(.path),
            "development: serve Web/ from this folder instead of from the binary"),
        Setting(
            "master_key", \.masterKey, .optional(.text), "the master key itself: 64 hexadecimal digits", inFile: false,
            isSecret: true),
        Setting(
            "master_key_file", \.masterKeyFile, .optional(.path),
            "file with the master key; master.key in the data directory if unset"),
        Setting(
            "production", \.isProduction, .boolean,
            "refuse to run as root, and with a master key inside a git work tree"),
        Setting("allow_root", \.allowsRoot, .boolean, "run as root even with production on"),
        Setting(
            "event_loops", \.eventLoops, .optional(.integer(1...256)), "threads for the network; one per core if unset"),

        Setting(
            "token_rotation_hours", \.tokenRotationHours, .integer(0...720),
            "hours that a replaced API token goes on working"),

        Setting(
            "log.level", \.log.level, .choice(LogLevel.self), "how much is logged",
            environment: ["LOG_LEVEL", "RAILS_LOG_LEVEL"]),
        Setting("log.format", \.log.format, .choice(LogFormat.self), "how a line looks"),

        Setting("limits.body", \.limits.bodyBytes, .bytes(1 << 10...64 << 20), "largest body of a request"),
        Setting(
            "limits.cable_message", \.limits.cableMessageBytes, .bytes(1 << 10...1 << 20),
            "largest message that a socket may send"),
        Setting(
            "limits.cable_backlog", \.limits.cableBacklogBytes, .bytes(64 << 10...64 << 20),
            "bytes that may wait for a slow socket before it is cut off"),
        Setting("limits.cables", \.limits.cables, .integer(1...1_000_000), "open sockets in all"),
        Setting(
            "limits.cables_per_user", \.limits.cablesPerUser, .integer(1...1_000_000), "open sockets of one person"),
        Setting(
            "limits.cables_per_address", \.limits.cablesPerAddress, .integer(1...1_000_000),
            "open sockets from one address"),
        Setting(
            "limits.connections", \.limits.connections, .integer(1...1_000_000),
            "open connections in all, with and without a cable, trusted proxies aside"),
        Setting(
            "limits.connections_per_address", \.limits.connectionsPerAddress, .integer(1...1_000_000),
            "of these from one IPv4 address or IPv6 /64, trusted proxies aside"),

        Setting(
            "csp.default_src", \.contentSecurityPolicy.defaultSources, .sources("default-src"),
            "Content-Security-Policy"),
        Setting("csp.font_src", \.contentSecurityPolicy.fontSources, .sources("font-src"), "where fonts may come from"),
        Setting("csp.img_src", \.contentSecurityPolicy.imageSources, .sources("img-src"), "where images may come from"),
        Setting(
            "csp.script_src", \.contentSecurityPolicy.scriptSources, .sources("script-src"),
            "where scripts may come from; never inline"),
        Setting(
            "csp.style_src", \.contentSecurityPolicy.styleSources, .sources("style-src"), "where styles may come from"),
        Setting(
            "csp.connect_src", \.contentSecurityPolicy.connectSources, .sources("connect-src"),
            "what scripts may connect to, besides the cable"),
        Setting(
            "frame_ancestors", \.contentSecurityPolicy.frameAncestors, .sources("frame-ancestors"),
            "who may show the page in a frame"),
    ]
}
