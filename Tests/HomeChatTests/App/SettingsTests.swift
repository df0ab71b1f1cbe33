import Foundation
import Testing

@testable import HomeChat

@Suite struct SettingsTests {
    @Test func `nothing given means the defaults`() throws {
        let settings = try load()
        #expect(settings.host == "127.0.0.1")
        #expect(settings.port == 3000)
        #expect(settings.databaseURL == nil)
        #expect(settings.trustedProxies == ["127.0.0.1", "::1"])
        #expect(settings.contentSecurityPolicy.scriptSources == ["'self'"])
        #expect(settings.remarks.isEmpty)
    }

    @Test func `a flag wins over the environment, that over the file, that over the default`() throws {
        let file = "port: 1\nhost: file.example\nsite_name: File\nlog:\n  level: error\n"
        let settings = try load(
            ["--port", "3"], ["HOMECHAT_PORT": "2", "HOMECHAT_HOST": "0.0.0.0", "SITE_NAME": "Older name"], file: file)
        #expect(settings.port == 3)
        #expect(settings.host == "0.0.0.0")
        #expect(settings.siteName == "Older name")
        #expect(settings.log.level == .error)
    }

    @Test func `our own name wins over the documented one`() throws {
        #expect(try load([], ["PORT": "4000"]).port == 4000)
        #expect(try load([], ["PORT": "4000", "HOMECHAT_PORT": "5000"]).port == 5000)
    }

    @Test func `the documented names do what they did`() throws {
        let settings = try load(
            [],
            [
                "RAILS_LOG_LEVEL": "warn", "ALLOW_SIGNUPS": "false", "RAILS_RELATIVE_URL_ROOT": "/chat/",
                "DATABASE_URL": "postgres://ana@db/chat", "NETWORK_RANGE": "172.30.32.0/23", "WEB_CONCURRENCY": "2",
                "RAILS_MASTER_KEY": "0123", "SECRET_KEY_BASE": "", "PIDFILE": "x",
            ])
        #expect(settings.log.level == .warning)
        #expect(settings.allowSignups == false)
        #expect(settings.basePath == "/chat")
        #expect(settings.databaseURL == .postgres("postgres://ana@db/chat"))
        #expect(settings.trustedProxies == ["127.0.0.1", "::1", "172.30.32.0/23"])
        #expect(settings.remarks == ["RAILS_MASTER_KEY is set; HomeChat does not need it"])
    }

    @Test func `rate limits are numbers with times, or off`() throws {
        let file = "rate_limit: {login: {limit: 7, period: 1h}, api: {limit: off, safelist: [10.0.0.0/8]}}"
        let limits = try load(
            ["--rate-limit-page-period=90"], ["HOMECHAT_RATE_LIMIT_BAD_TOKEN_LIMIT": "OFF"], file: file
        )
        .rateLimits
        #expect(limits[.login] == RateRule(limit: 7, period: .hours(1)))
        let ten = try #require(Network("10.0.0.0/8"))
        #expect(limits[.api].limit == nil && limits[.api].safelist == [ten])
        #expect(limits[.page] == RateRule(limit: 1200, period: .seconds(90)))
        #expect(limits[.badToken].limit == nil)
        for bad in ["rate_limit: {login: {limit: 0}}", "rate_limit: {login: {safelist: 10.0.0.0/8}}"] {
            #expect(throws: SettingsError.self) { try load(file: bad) }
        }
    }

    @Test func `the older names of the API's limit work, and the log says the new ones`() throws {
        let settings = try load(file: "rack_attack_api_limit: 500\nrack_attack_api_period: 300")
        #expect(settings.rateLimits[.api] == RateRule(limit: 500, period: .minutes(5)))
        #expect(
            settings.remarks == [
                "rack_attack_api_limit is called rate_limit.api.limit now",
                "rack_attack_api_period is called rate_limit.api.period now",
            ])
        let variables = try load([], ["RACK_ATTACK_API_LIMIT": "400"], file: "rate_limit: {api: {limit: 9}}")
        #expect(variables.rateLimits[.api].limit == 400)
        #expect(variables.remarks == ["RACK_ATTACK_API_LIMIT is called rate_limit.api.limit now"])
        #expect(try load(file: "rack_attack_api_limit: 500\nrate_limit: {api: {limit: 9}}").rateLimits[.api].limit == 9)
    }

    @Test(arguments: ["0", "0s", "8d", "604801", "-5", "+5", "99999999999999999999", "5w", "20s5", "1000000d"])
    func `a period that is none is refused`(text: String) {
        #expect(throws: SettingsError.self) { try load(["--rate-limit-page-period=\(text)"]) }
    }

    @Test(arguments: [
        "cors: {allowed_origins: '*'}", "cors: {allowed_origins: 'null'}", "allowed_hosts: 'https://chat.example'",
        "headers: {hsts_preload: true}", "headers: {xss_protection: 2}", "security: {contact: ana}",
        "csp: {script_src: \"'unsafe-inline'\"}", "csp: {script_src: '*'}", "csp: {default_src: 'data:'}",
        "csp: {img_src: \"a;b\"}", "csp: {connect_src: ''}", "frame_ancestors: 'self'",
    ])
    func `what would open the door is refused`(file: String) {
        #expect(throws: SettingsError.self) { try load(file: file) }
    }

    @Test func `an empty variable is as good as none`() throws {
        #expect(try load([], ["HOMECHAT_PORT": "", "PORT": ""]).port == 3000)
    }

    @Test(arguments: [
        ("sqlite3:/data/production.sqlite3", "/data/production.sqlite3"), ("sqlite3:///data/a", "/data/a"),
        ("sqlite3:storage/a.sqlite3", "storage/a.sqlite3"),
    ])
    func `a database URL may name the SQLite file`(url: String, path: String) throws {
        #expect(try load([], ["DATABASE_URL": url]).databaseURL == .sqlite(path: path))
    }

    @Test func `lists come by commas, by blanks, by repeated flags and as YAML`() throws {
        let two = ["10.0.0.1", "fd00::/8"]
        #expect(try load([], ["HOMECHAT_TRUSTED_PROXIES": "10.0.0.1, fd00::/8"]).trustedProxies == two)
        #expect(try load(["--trusted-proxies", "10.0.0.1", "--trusted-proxies=fd00::/8"]).trustedProxies == two)
        #expect(try load(file: "trusted_proxies: [10.0.0.1, 'fd00::/8']").trustedProxies == two)
        #expect(try load(file: "trusted_proxies: 10.0.0.1 fd00::/8").trustedProxies == two)
        let images = try load(file: "csp: {img_src: \"'self' https://*.example.org\"}").contentSecurityPolicy
            .imageSources
        #expect(images == ["'self'", "https://*.example.org"])
    }

    @Test func `a value may hold a comma and begin with dashes`() throws {
        #expect(try load(["--site-name=--Home, sweet"]).siteName == "--Home, sweet")
        #expect(
            try load(["--database-url", "postgres://db/chat?options=a,b"]).databaseURL
                == .postgres("postgres://db/chat?options=a,b"))
    }

    @Test func `the file may be named, and then it must be there`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.write("port: 7\n", to: "other.yaml")
        #expect(try load(["--config", file]).port == 7)
        #expect(try load([], ["HOMECHAT_CONFIG": file]).port == 7)
        #expect(refusal(["--config", file + "x"]) == "\(file)x: no such file")
    }

    @Test(arguments: ["", "# nothing yet\n", "---\n"])
    func `a file that says nothing is fine`(text: String) throws {
        #expect(try load(file: text).port == 3000)
    }

    @Test func `every setting has one flag, one variable and one line of help`() {
        #expect(Set(Settings.all.map(\.flag)).count == Settings.all.count)
        #expect(Set(Settings.all.map(\.environmentName)).count == Settings.all.count)
        #expect(Settings.all.allSatisfy { !$0.help.isEmpty && $0.help.count < 74 })
        #expect(Settings.all.first { $0.name == "csp.img_src" }?.flag == "--csp-img-src")
        #expect(Settings.all.first { $0.name == "csp.img_src" }?.environmentName == "HOMECHAT_CSP_IMG_SRC")
    }
}

@Suite struct SettingsRefusalTests {
    @Test(arguments: [
        ("prot: 1", ":1: unknown setting \"prot\"; did you mean \"port\"?"),
        ("host: a\n\nlog:\n  levle: info", ":4: unknown setting \"log.levle\"; did you mean \"log.level\"?"),
        (
            "rate_limit:\n  bad_token:\n    safelist: 10.0.0.0/8",
            ":3: unknown setting \"rate_limit.bad_token.safelist\"; guessing is limited for everybody, also in networks "
                + "that are exempt elsewhere"
        ),
        ("whatever: {}", ":1: unknown setting \"whatever\""),
        ("data_dir: /data", ":1: unknown setting \"data_dir\""),
        ("host: a\nport: many", ":2: must be a whole number from 0 to 65535, not \"many\""),
        ("port: [1, 2]", ":1: must be a single value, not a list"),
        ("port: {a: 1}", ":1: port must be a value or a list of values"),
        ("log: loud", ":1: unknown setting \"log\""),
        (
            "log:\n  level: loud",
            ":2: must be one of trace, debug, info, notice, warning, error, critical, not \"loud\""
        ),
        ("port: 1\nport: 2", ":1: port is given twice"),
        ("port: 1\n  x: [", ":2: mapping values are not allowed in this context"),
        ("- port", ":1: must hold `name: value` lines"),
        ("csp:\n  script_src: \"'self' 'unsafe-inline'\"", ":2: script-src may not hold 'unsafe-inline'"),
    ])
    func `the file is refused with the line`(text: String, problem: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.write(text, to: "homechat.yaml")
        #expect(refusal(["--data-dir", folder.path]) == file + problem)
    }

    @Test(arguments: [
        (["--prot", "1"], "--prot: unknown option; did you mean \"--port\"?"), (["--port"], "--port: needs a value"),
        (["--port", "1", "--port", "2"], "--port: is given twice"), (["serve"], "serve: unknown option"),
        (["--port=x"], "--port: must be a whole number from 0 to 65535, not \"x\""),
    ])
    func `the command line is refused as wrong usage`(arguments: [String], problem: String) {
        #expect(refusal(arguments) == problem)
        #expect(throws: SettingsError(problem.before(": "), problem.after(": "), isUsage: true)) { try load(arguments) }
    }

    @Test(arguments: [
        ("HOMECHAT_PROT", "1", "HOMECHAT_PROT: unknown setting in the environment; did you mean \"HOMECHAT_PORT\"?"),
        (
            "HOMECHAT_RATE_LIMIT_LOGIN_SAFELIST", "10.0.0.0/8",
            "HOMECHAT_RATE_LIMIT_LOGIN_SAFELIST: unknown setting in the environment; guessing is limited for everybody, "
                + "also in networks that are exempt elsewhere"
        ),
        ("PORT", "x", "PORT: must be a whole number from 0 to 65535, not \"x\""),
        (
            "NETWORK_RANGE", "10.0.0.0/33",
            "NETWORK_RANGE: must be an address or a network like 172.30.32.0/23, not \"10.0.0.0/33\""
        ),
        (
            "NETWORK_RANGE", "fe80::1%eth0",
            "NETWORK_RANGE: must be an address or a network like 172.30.32.0/23, not \"fe80::1%eth0\""
        ),
        ("DATABASE_URL", "mysql://ana:secret@db", "DATABASE_URL: must be postgres://… or sqlite3:PATH"),
        (
            "HOMECHAT_BASE_PATH", "chat",
            "HOMECHAT_BASE_PATH: must begin with / and hold letters, digits, - . _ ~ and /, not \"chat\""
        ),
        (
            "HOMECHAT_PUBLIC_URL", "chat.example",
            "HOMECHAT_PUBLIC_URL: must be an address like https://chat.example.org, without a path, not \"chat.example\""
        ),
        ("HOMECHAT_LIMITS_BODY", "1G", "HOMECHAT_LIMITS_BODY: must be from 1K to 64M, not \"1G\""),
        ("ALLOW_SIGNUPS", "maybe", "ALLOW_SIGNUPS: must be true or false, not \"maybe\""),
    ])
    func `the environment is refused with the variable's name`(name: String, value: String, problem: String) {
        #expect(refusal([], [name: value]) == problem)
    }

    @Test(arguments: [
        ("--csp-script-src", "'unsafe-eval'"), ("--csp-script-src", "*"), ("--csp-script-src", "data:"),
        ("--csp-default-src", "https:"),
        ("--csp-img-src", "'none' data:"), ("--csp-img-src", "self"), ("--csp-img-src", "exa;mple"),
        ("--csp-style-src", "'nonce-x'"),
        ("--frame-ancestors", " "), ("--csp-connect-src", "javascript:"),
    ])
    func `a malformed directive is refused by its name`(flag: String, value: String) throws {
        let directive = try #require(flag.split(separator: "--csp-").last).replacing("_", with: "-").replacing(
            "--", with: "")
        #expect(try #require(refusal([flag, value])).contains(directive))
    }

    @Test func `tests may have variables of their own`() throws {
        #expect(refusal([], ["HOMECHAT_TEST_DATABASE_URL": "x", "HOME": "/root", "PATHS": "x"]) == nil)
    }
}

/// A folder of its own for one test.
private struct Folder {
    let path: String
    init() throws {
        path = NSTemporaryDirectory() + "homechat-settings-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
        return path + "/" + name
    }
    func remove() {
        try? FileManager.default.removeItem(atPath: path)  // what stays is the system's to clear
    }
}

private func load(
    _ arguments: [String] = [], _ environment: [String: String] = [:], file: String? = nil
) throws -> Settings {
    guard let file else { return try Settings.load(arguments: arguments, environment: environment) }
    let folder = try Folder()
    defer { folder.remove() }
    _ = try folder.write(file, to: "homechat.yaml")
    return try Settings.load(arguments: arguments + ["--data-dir", folder.path], environment: environment)
}

private func refusal(_ arguments: [String] = [], _ environment: [String: String] = [:]) -> String? {
    do throws(SettingsError) { _ = try Settings.load(arguments: arguments, environment: environment) } catch {
        return error.description
    }
    return nil
}

extension String {
    fileprivate func before(_ text: String) -> String { String(self[..<(range(of: text)?.lowerBound ?? endIndex)]) }
    fileprivate func after(_ text: String) -> String { String(self[(range(of: text)?.upperBound ?? endIndex)...]) }
}
