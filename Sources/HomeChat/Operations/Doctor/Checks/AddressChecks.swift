import AsyncHTTPClient
import Foundation
import NIOFoundationCompat

/// What can be told only by asking the address that people use (`--url`).
struct AddressChecks: Sendable {
    /// Sooner than this a certificate should have been renewed.
    static let fewestDays = 14

    let probe: TLSProbe
    /// Without a slash at its end.
    let address: String
    let path: String
    let now: Timestamp

    /// - Throws: `malformed` for what is no web address.
    init(url text: String, now: Timestamp) throws {
        guard let url = URLComponents(string: text), let host = url.host, ["http", "https"].contains(url.scheme),
            url.user == nil, !host.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw ChatError.malformed("--url must be an address like https://chat.example.org") }
        let isSecure = url.scheme == "https"
        probe = TLSProbe(
            host: host.trimmingCharacters(in: ["[", "]"]), port: url.port ?? (isSecure ? 443 : 80), isSecure: isSecure)
        path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        address = text.hasSuffix("/") ? String(text.dropLast()) : text
        self.now = now
    }

    static let notAsked = [httpsQuestion, proxyQuestion, webSocketQuestion].map {
        $0.unknown("no address was given to ask", fix: "homechat doctor --url https://…")
    }
    private static let httpsQuestion = DoctorQuestion("https", "HTTPS/SSL enabled with valid certificate")
    private static let proxyQuestion = DoctorQuestion("reverse_proxy", "Reverse proxy in front")
    private static let webSocketQuestion = DoctorQuestion("websocket", "WebSocket through the proxy")

    func all() async -> [DoctorCheck] { [await https(), await proxy(), await webSocket()] }

    private func https() async -> DoctorCheck {
        let question = Self.httpsQuestion
        guard probe.isSecure else {
            return question.fail("\(probe.host) is asked over plain HTTP", fix: "deploy/nginx or deploy/caddy")
        }
        let found: TLSProbe.Finding
        do {
            found = try await probe.handshake()
        } catch {
            return question.fail(
                "no valid handshake: \(error)", fix: "look at the certificate's names, dates and chain")
        }
        let days = (found.expires.milliseconds - now.milliseconds) / 86_400_000
        if days < Self.fewestDays { return question.warn("\(found.version), ends in \(days) days", fix: "renew it") }
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

    /// With a forged header, so that it shows at once whether anybody can choose the address that we see.
    private func proxy() async -> DoctorCheck {
        let question = Self.proxyQuestion
        let forged = "192.0.2.1"
        guard let seen = await connection(forged) else {
            return question.unknown("\(probe.host) does not answer as HomeChat", fix: "look at the address")
        }
        if seen.address == forged {
            return question.fail(
                "a forged X-Forwarded-For is believed: anybody chooses the address that we see",
                fix: "let the proxy replace the header, and trust nobody but the proxy in trusted_proxies")
        }
        if seen.proxied { return question.pass("a trusted proxy is in front; it sees us as \(seen.address)") }
        return question.warn(
            "no trusted proxy spoke for this request, which came from \(seen.address)",
            fix: "deploy/nginx or deploy/caddy, and trusted_proxies")
    }

    private func connection(_ forged: String) async -> ConnectionAPI.Connection? {
        var ask = HTTPClientRequest(url: address + "/api/v1/connection")
        ask.headers = ["User-Agent": "homechat-doctor", "X-Forwarded-For": forged]
        guard let response = try? await HTTPClient.shared.execute(ask, timeout: .seconds(5)), response.status == .ok,
            let body = try? await response.body.collect(upTo: 64 << 10)
        else { return nil }
        return try? JSONDecoder().decode(ConnectionAPI.Connection.self, from: Data(buffer: body))
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
        "GET \(path)\(target) HTTP/1.1\r\nHost: \(probe.host):\(probe.port)\r\nUser-Agent: homechat-doctor\r\n\(headers)\r\n"
    }
}
