import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// What can be told only by asking the address that people use: that of `--url`, or else `public_url`.
struct AddressChecks: Sendable {
    /// Sooner than this a certificate should have been renewed.
    static let fewestDays = 14
    static let name = "homechat-doctor"
    static let httpsQuestion = DoctorQuestion("https", "HTTPS/SSL enabled with valid certificate")
    static let proxyQuestion = DoctorQuestion("reverse_proxy", "Reverse proxy in front")
    static let webSocketQuestion = DoctorQuestion("websocket", "WebSocket through the proxy")
    static let questions = [httpsQuestion, proxyQuestion, webSocketQuestion] + truthQuestions

    let probe: TLSProbe
    /// Without a slash at its end.
    let address: String
    let path: String
    /// Asked by our own choice, so that not to reach it from here says nothing of it.
    let isChosenByUs: Bool
    let live: LiveSettings
    let guesses: RateRule
    let native: NativeTLSCheck
    let now: @Sendable () -> Timestamp
    let client: HTTPClient

    /// - Throws: `malformed` for what is no web address.
    init(
        url text: String, isChosenByUs: Bool = false, _ live: LiveSettings, guesses: RateRule, native: NativeTLSCheck,
        now: @escaping @Sendable () -> Timestamp
    ) throws {
        guard let url = URLComponents(string: text), let host = url.host, ["http", "https"].contains(url.scheme),
            url.user == nil, !host.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw ChatError.malformed("--url must be an address like https://chat.example.org") }
        let isSecure = url.scheme == "https"
        probe = TLSProbe(
            host: host.trimmingCharacters(in: ["[", "]"]), port: url.port ?? (isSecure ? 443 : 80), isSecure: isSecure,
            trust: ProbeTrust(live.settings))
        path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        address = text.hasSuffix("/") ? String(text.dropLast()) : text
        self.isChosenByUs = isChosenByUs
        self.live = live
        self.guesses = guesses
        self.native = native
        self.now = now
        // Nobody whom we ask sends us on to another address.
        client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .init(
                tlsConfiguration: probe.trust.configuration, redirectConfiguration: .disallow,
                timeout: .init(connect: TLSProbe.patience, read: TLSProbe.patience)))
    }

    /// What can be told without an address.
    static func notAsked(_ native: NativeTLSCheck) async -> [DoctorCheck] {
        let (https, proxy) = (await native.check(httpsQuestion), native.proxy(proxyQuestion))
        return [https ?? unasked(httpsQuestion), proxy ?? unasked(proxyQuestion)]
            + ([webSocketQuestion] + truthQuestions).map(unasked)
    }

    private static func unasked(_ question: DoctorQuestion) -> DoctorCheck {
        question.unknown("no address was given to ask", fix: "public_url, or homechat doctor --url https://…")
    }

    /// Each of these ends by itself within seconds, whatever is at the other end.
    func all() async -> [DoctorCheck] {
        let seen = await connection()
        async let https = https()
        async let webSocket = webSocket(seen)
        async let truth = truth(seen)
        let checks = [await https, proxy(seen), await webSocket] + (await truth)
        try? await client.shutdown()  // fails only where it is closed
        return checks
    }

    // MARK: HTTPS

    private func https() async -> DoctorCheck {
        let question = Self.httpsQuestion
        guard probe.isSecure else {
            return question.fail(
                "\(probe.host) is asked over plain HTTP", fix: "tls: acme or tls: local, deploy/nginx, or deploy/caddy")
        }
        let found: TLSProbe.Finding
        do {
            found = try await probe.handshake()
        } catch {
            if isChosenByUs, Self.isSilence(error) {
                return await native.check(question)
                    ?? question.unknown("\(address) cannot be reached from here: \(error)")
            }
            return question.fail(
                "no valid handshake: \(error)" + (native.renewalProblem.map { "; \($0)" } ?? ""),
                fix: native.renewalProblem == nil
                    ? "look at the certificate's names, dates and chain" : NativeTLSCheck.retry)
        }
        let days = (found.expires.milliseconds - now().milliseconds) / 86_400_000
        if days < Self.fewestDays { return question.warn("\(found.version), ends in \(days) days", fix: "renew it") }
        if let problem = native.renewalProblem {
            return question.warn("\(found.version), ends in \(days) days; \(problem)", fix: NativeTLSCheck.retry)
        }
        if let weakness = await probe.weakness() {
            return weakness.isOldVersion
                ? question.fail(weakness.what, fix: "ssl_protocols TLSv1.2 TLSv1.3")
                : question.warn(weakness.what, fix: "deploy/nginx/homechat.conf")
        }
        let seen = "\(found.version), valid for \(days) days, nothing older than TLS 1.2, no old suites"
        return StrictTransport(try? await probe.head(of: request("/up"))).judge(question, seen)
    }

    /// Nobody answered, which is not the same as a bad answer.
    private static func isSilence(_ error: any Error) -> Bool {
        error is ProbeSilence || error is NIOConnectionError || error is IOError || error is ChannelError
    }

    private func proxy(_ seen: ConnectionAPI.Connection?) -> DoctorCheck {
        let question = Self.proxyQuestion
        guard let seen else { return unanswered(question) }
        if seen.proxied { return question.pass("a trusted proxy is in front, and says that we are \(seen.address)") }
        if !seen.ignored, let check = native.proxy(question) { return check }
        if seen.ignored {
            return question.fail(
                "a proxy speaks for this request, and is not trusted: \(seen.address)",
                fix: "if it is yours: " + Self.line(trusting: seen.address, beside: live.settings))
        }
        return question.warn(
            "no proxy spoke for this request, which came from \(seen.address)", fix: "deploy/nginx or deploy/caddy")
    }

    /// For homechat.yaml, to the letter.
    static func line(trusting address: String, beside settings: Settings) -> String {
        let all = (settings.trustedProxies + [address]).map { $0.contains(":") ? "\"\($0)\"" : $0 }
        return "trusted_proxies: [\(all.joined(separator: ", "))]"
    }

    private func webSocket(_ seen: ConnectionAPI.Connection?) async -> DoctorCheck {
        let question = Self.webSocketQuestion
        let key = Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
        let upgrade = request(
            "/cable",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key)\r\n"
                + "Sec-WebSocket-Protocol: actioncable-v1-json\r\n")
        do {
            let status =
                try await probe.head(of: upgrade).split(separator: " ").dropFirst().first.map(String.init) ?? ""
            // Whoever is not signed in is let in just far enough to be told so, or refused by us.
            return ["101", "401"].contains(status)
                ? question.pass("the upgrade got through, answered \(status)")
                : question.fail(
                    "the upgrade was answered \(status)", fix: "/help/connection has the lines for each proxy")
        } catch {
            if isChosenByUs, seen == nil { return unanswered(question) }
            return question.fail(
                "the upgrade was not answered: \(error)", fix: "/help/connection has the lines for each proxy")
        }
    }

    func unanswered(_ question: DoctorQuestion) -> DoctorCheck {
        question.unknown("\(address) does not answer as HomeChat from here")
    }

    private func request(_ target: String, _ headers: String = "Connection: close\r\n") -> String {
        "GET \(path)\(target) HTTP/1.1\r\nHost: \(probe.host):\(probe.port)\r\nUser-Agent: \(Self.name)\r\n\(headers)\r\n"
    }
}

/// What the header says that keeps browsers from plain HTTP.
struct StrictTransport: Sendable {
    /// Two years, as lists of names for https only ask for.
    static let longest = 63_072_000

    private let value: String?

    init(_ head: String?) {
        let lines = (head ?? "").split(whereSeparator: \.isNewline).map(String.init)
        let line = lines.first { $0.lowercased().hasPrefix("strict-transport-security:") }
        value = line.map { $0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces) }
    }

    func judge(_ question: DoctorQuestion, _ seen: String) -> DoctorCheck {
        let fix = "let the proxy send X-Forwarded-Proto, and no Strict-Transport-Security of its own"
        guard let value else { return question.warn("\(seen), no HSTS", fix: fix) }
        let age = value.firstMatch(of: /max-age\s*=\s*"?([0-9]{1,12})/.ignoresCase()).flatMap { Int($0.1) } ?? 0
        if age == 0 { return question.fail("\(seen), but HSTS is switched off: \(value)", fix: fix) }
        if age < Self.longest { return question.warn("\(seen), HSTS for a short time: \(value)", fix: fix) }
        return question.pass("\(seen), HSTS \(value)")
    }
}
