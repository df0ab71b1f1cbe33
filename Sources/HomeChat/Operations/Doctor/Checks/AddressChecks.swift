import AsyncHTTPClient
import Foundation
import NIOCore

/// What can be told only by asking the address that people use (`--url`).
struct AddressChecks: Sendable {
    /// Sooner than this a certificate should have been renewed.
    static let fewestDays = 14
    private static let mostGuesses = 100
    private static let name = "homechat-doctor"

    let probe: TLSProbe
    /// Without a slash at its end.
    let address: String
    let path: String
    let trusted: TrustedProxies
    let guesses: RateRule
    let native: NativeTLSCheck
    let now: Timestamp
    private let client: HTTPClient

    /// - Throws: `malformed` for what is no web address.
    init(url text: String, _ settings: Settings, guesses: RateRule, native: NativeTLSCheck, now: Timestamp) throws {
        guard let url = URLComponents(string: text), let host = url.host, ["http", "https"].contains(url.scheme),
            url.user == nil, !host.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw ChatError.malformed("--url must be an address like https://chat.example.org") }
        let isSecure = url.scheme == "https"
        probe = TLSProbe(
            host: host.trimmingCharacters(in: ["[", "]"]), port: url.port ?? (isSecure ? 443 : 80), isSecure: isSecure,
            trust: ProbeTrust(settings))
        path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        address = text.hasSuffix("/") ? String(text.dropLast()) : text
        trusted = try TrustedProxies(settings.trustedProxies)
        self.guesses = guesses
        self.native = native
        self.now = now
        client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: .init(tlsConfiguration: probe.trust.configuration))
    }

    /// What can be told without an address.
    static func notAsked(_ native: NativeTLSCheck) async -> [DoctorCheck] {
        let ignorance = [httpsQuestion, proxyQuestion, forwardedQuestion, webSocketQuestion, limiterQuestion].map {
            $0.unknown("no address was given to ask", fix: "homechat doctor --url https://…")
        }
        let (https, proxy) = (await native.check(httpsQuestion), native.proxy(proxyQuestion))
        return [https ?? ignorance[0], proxy ?? ignorance[1]] + ignorance.dropFirst(2)
    }

    private static let httpsQuestion = DoctorQuestion("https", "HTTPS/SSL enabled with valid certificate")
    private static let proxyQuestion = DoctorQuestion("reverse_proxy", "Reverse proxy in front")
    private static let forwardedQuestion = DoctorQuestion("forwarded_address", "Nobody chooses their own address")
    private static let limiterQuestion = DoctorQuestion("rate_limit_probe", "Too many wrong tokens are answered 429")
    private static let webSocketQuestion = DoctorQuestion("websocket", "WebSocket through the proxy")

    func all() async -> [DoctorCheck] {
        let seen = await connection()
        let checks = [
            await https(), proxy(seen), await forwardedAddress(seen), await webSocket(), await limiter(),
        ]
        try? await client.shutdown()  // fails only where it is closed
        return checks
    }

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
            return question.fail(
                "no valid handshake: \(error)" + (native.renewalProblem.map { "; \($0)" } ?? ""),
                fix: "look at the certificate's names, dates and chain")
        }
        let days = (found.expires.milliseconds - now.milliseconds) / 86_400_000
        if days < Self.fewestDays { return question.warn("\(found.version), ends in \(days) days", fix: "renew it") }
        if let problem = native.renewalProblem {
            return question.warn("\(found.version), ends in \(days) days; \(problem)", fix: NativeTLSCheck.retry)
        }
        if await probe.accepts(upTo: .tlsv11) {
            return question.fail("TLS 1.1 or older is still taken", fix: "ssl_protocols TLSv1.2 TLSv1.3")
        }
        if await probe.accepts(upTo: .tlsv12, suites: Self.oldSuites) {
            return question.warn(
                "suites without forward secrecy or in CBC mode are taken", fix: "deploy/nginx/homechat.conf")
        }
        guard let head = try? await probe.head(of: request("/up")),
            head.lowercased().contains("strict-transport-security:")
        else {
            return question.warn(
                "\(found.version), valid for \(days) days, no HSTS", fix: "let the proxy send X-Forwarded-Proto")
        }
        return question.pass("\(found.version), valid for \(days) days, HSTS, nothing older than TLS 1.2")
    }

    private static let oldSuites = "AES128-SHA:AES256-SHA:AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA"

    private func proxy(_ seen: ConnectionAPI.Connection?) -> DoctorCheck {
        let question = Self.proxyQuestion
        guard let seen else { return question.unknown("\(probe.host) does not answer as HomeChat") }
        if seen.proxied { return question.pass("a trusted proxy is in front, and says that we are \(seen.address)") }
        if !seen.ignored, let check = native.proxy(question) { return check }
        if seen.ignored {
            return question.fail(
                "a proxy speaks for this request, and is not trusted: \(seen.address)",
                fix: "name it in trusted_proxies; Administration, Network has the line")
        }
        return question.warn(
            "no proxy spoke for this request, which came from \(seen.address)", fix: "deploy/nginx or deploy/caddy")
    }

    /// With a forged header: whoever is believed chooses the address that limits, bans and the log see.
    private func forwardedAddress(_ seen: ConnectionAPI.Connection?) async -> DoctorCheck {
        let question = Self.forwardedQuestion
        let forged = "192.0.2.1"
        guard let seen else { return question.unknown("\(probe.host) does not answer as HomeChat") }
        guard !trusted.isTrusted(seen.address) else {
            return question.unknown(
                "we are \(seen.address) to the server, which believes that address", fix: "ask from another machine")
        }
        guard let answer = await connection(forged: forged) else { return question.unknown("no second answer") }
        guard answer.address != forged else {
            return question.fail(
                "a forged X-Forwarded-For is believed",
                fix: "trust nobody but the proxy in trusted_proxies, and let it replace the header or add to it")
        }
        return question.pass("a forged X-Forwarded-For is not believed; we are \(answer.address) all the same")
    }

    /// One guess more than may be made, with tokens that cannot exist.
    private func limiter() async -> DoctorCheck {
        let question = Self.limiterQuestion
        guard let limit = guesses.limit, limit <= Self.mostGuesses else {
            return question.unknown("wrong tokens are limited to \(guesses.text), too many to try")
        }
        for number in 1...limit + 1 {
            guard let status = await guess() else { return question.unknown("\(probe.host) stopped answering") }
            if status == 429 { return question.pass("wrong token number \(number) was answered 429") }
        }
        return question.fail(
            "\(limit + 1) wrong tokens at once, and none was answered 429", fix: "Administration, Limits")
    }

    private func guess() async -> UInt? {
        var ask = HTTPClientRequest(url: address + "/api/v1/me")
        ask.headers = ["User-Agent": Self.name, "Authorization": "Bearer doctor"]
        return try? await client.execute(ask, timeout: .seconds(5)).status.code
    }

    private func connection(forged: String? = nil) async -> ConnectionAPI.Connection? {
        var ask = HTTPClientRequest(url: address + "/api/v1/connection")
        ask.headers = ["User-Agent": Self.name]
        if let forged { ask.headers.add(name: "X-Forwarded-For", value: forged) }
        guard let response = try? await client.execute(ask, timeout: .seconds(5)), response.status == .ok,
            let body = try? await response.body.collect(upTo: 64 << 10)
        else { return nil }
        return try? JSONDecoder().decode(ConnectionAPI.Connection.self, from: Data(body.readableBytesView))
    }

    private func webSocket() async -> DoctorCheck {
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
            return question.fail(
                "the upgrade was not answered: \(error)", fix: "/help/connection has the lines for each proxy")
        }
    }

    private func request(_ target: String, _ headers: String = "Connection: close\r\n") -> String {
        "GET \(path)\(target) HTTP/1.1\r\nHost: \(probe.host):\(probe.port)\r\nUser-Agent: \(Self.name)\r\n\(headers)\r\n"
    }
}
