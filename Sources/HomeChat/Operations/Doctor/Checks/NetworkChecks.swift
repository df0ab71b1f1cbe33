import NIOCore
import NIOPosix

/// "Network Security" of the guide, as far as it can be seen without a request.
struct NetworkChecks: Sendable {
    static let networkQuestion = DoctorQuestion("private_network", "HomeChat on private network or VPN")
    static let ratesQuestion = DoctorQuestion("rate_limits", "Rate limiting configured")
    static let originsQuestion = DoctorQuestion("cors", "CORS properly configured")
    static let proxiesQuestion = DoctorQuestion("trusted_proxies", "Only proxies of one's own are believed")
    static let clearQuestion = DoctorQuestion("plain_http", "No token goes over plain HTTP")
    static let scriptQuestion = DoctorQuestion("xss_header", "X-XSS-Protection")
    static let questions = [
        networkQuestion, ratesQuestion, originsQuestion, proxiesQuestion, clearQuestion, scriptQuestion,
    ]

    let live: LiveSettings
    let rules: [RateRules.Line]
    let server: ServerProcess?

    private var settings: Settings { live.settings }

    func all() -> [DoctorCheck] {
        [
            live.judged(by: "host", "admin.", check: network()), live.judged(by: "rate_limit.", check: rates()),
            live.judged(by: "cors.", "allowed_origins", check: crossOrigin()),
            live.judged(by: "trusted_proxies", check: proxies()),
            live.judged(by: "tls", "host", "admin.", check: clear()),
            live.judged(by: "headers.xss_protection", check: scriptHeader()),
        ]
    }

    private func network() -> DoctorCheck {
        let question = Self.networkQuestion
        var seen: [String] = []
        for (name, host) in hosts {
            let addresses = Self.addresses(of: host)
            let open = addresses.filter { !Network.isPrivate($0) }
            guard !addresses.isEmpty else { return question.unknown("\(host) is a name, not an address") }
            guard open.isEmpty else {
                return question.warn(
                    "listens on \(host), which is \(open.joined(separator: ", ")) to the Internet",
                    fix: "\(name): a private address, behind a VPN or a proxy")
            }
            seen.append("\(host): \(addresses.joined(separator: ", "))")
        }
        let administration = hosts.count > 1 ? "; the administration on the last" : ""
        return question.pass("listens on \(seen.joined(separator: ", and ")), all private\(administration)")
    }

    /// Where it listens, by the setting that says so.
    private var hosts: [(setting: String, host: String)] {
        let main = ("host", server?.host ?? settings.host)
        return settings.administration.port == nil ? [main] : [main, ("admin.host", settings.administration.host)]
    }

    /// A wildcard is every address of the machine.
    private static func addresses(of host: String) -> [String] {
        if host == "localhost" { return ["127.0.0.1"] }
        guard host == "0.0.0.0" || host == "::" else { return Network(host) == nil ? [] : [host] }
        return ((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress }
    }

    private func rates() -> DoctorCheck {
        let question = Self.ratesQuestion
        let off = rules.filter { $0.rule.limit == nil }
        guard off.isEmpty else {
            return question.fail(
                "off: \(off.map(\.scope.rawValue).joined(separator: ", "))", fix: "Administration, Limits")
        }
        let guide = rules.filter { [.login, .api, .message].contains($0.scope) }
        return question.pass(guide.map { "\($0.scope.rawValue) \($0.rule.text)" }.joined(separator: ", "))
    }

    private func crossOrigin() -> DoctorCheck {
        let question = Self.originsQuestion
        let origins = settings.crossOrigins + settings.allowedOrigins
        guard !origins.contains(where: { $0.contains("*") }) else {
            return question.fail(
                "every page of the web may call the API", fix: "name the origins in cors.allowed_origins")
        }
        return question.pass(origins.isEmpty ? "no other origin" : origins.joined(separator: ", "))
    }

    /// Whoever is believed chooses the address that limits, bans and the log see.
    private func proxies() -> DoctorCheck {
        let question = Self.proxiesQuestion
        let fix = "trusted_proxies: the addresses of your proxies, and nothing else"
        let texts = settings.trustedProxies
        let networks = texts.compactMap { Network($0) }
        let open = networks.filter { !$0.isPrivate && !$0.isSingle }
        guard open.isEmpty else {
            return question.fail("strangers are believed: \(open.map(\.text).joined(separator: ", "))", fix: fix)
        }
        let outside = networks.filter { !$0.isPrivate }
        guard outside.isEmpty else {
            return question.warn(
                "on the Internet: \(outside.map(\.text).joined(separator: ", ")); right if these are your proxies' own",
                fix: fix)
        }
        return question.pass(texts.isEmpty ? "nobody is" : texts.joined(separator: ", "))
    }

    private func clear() -> DoctorCheck {
        let question = Self.clearQuestion
        if settings.speaksTLS { return question.pass("this server speaks TLS itself, and sends plain HTTP there") }
        if settings.forcesTLS { return question.pass("tls.force is on: plain HTTP is refused") }
        guard let host = hosts.map(\.host).first(where: { !Network.isThisMachine($0) }) else {
            let own = hosts.map(\.host).joined(separator: " and ")
            return question.pass("tls.force is off, and \(own) can be reached from this machine alone")
        }
        return question.warn(
            "tls.force is off, and this listens on \(host) without TLS: tokens and passwords can be read on their way",
            fix: "tls.force: true behind a proxy that speaks TLS, or tls: local")
    }

    /// The guide asks for a value that today's advice is against.
    private func scriptHeader() -> DoctorCheck {
        let question = Self.scriptQuestion
        return question.pass(
            settings.headers.xssProtection == .off
                ? "0, as modern advice is"
                : "1; mode=block, as the guide says. Modern advice is 0, as the filter of old browsers could be "
                    + "turned against a page: headers.xss_protection: \"0\"")
    }
}

extension Network {
    var isSingle: Bool { text.firstIndex(of: "/") == nil }

    /// All of it, and not only its first address.
    var isPrivate: Bool {
        Self.privateNetworks.contains { $0.length <= length && $0.overlaps(self) }
    }
}
