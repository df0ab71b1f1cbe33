import Certificates
import Foundation

/// The TLS that this server speaks itself, as a client on this machine finds it.
struct NativeTLSCheck: Sendable {
    static let retry = "mend it, then: systemctl reload homechat (or kill -HUP), which asks again at once"

    let settings: Settings
    let server: ServerProcess?
    let now: Timestamp

    /// - Returns: nil where there is no TLS of our own to look at.
    func check(_ question: DoctorQuestion) async -> DoctorCheck? {
        guard settings.speaksTLS else { return nil }
        guard let server else { return question.unknown("the server does not run", fix: "start it") }
        guard server.isSecure == true else {
            return question.fail("the settings say tls, and the running server speaks none", fix: "restart it")
        }
        var trust = ProbeTrust(settings)
        trust.checksName = false
        let probe = TLSProbe(host: Self.host(of: server), port: server.port, isSecure: true, trust: trust)
        let found: TLSProbe.Finding
        do {
            found = try await probe.handshake()
        } catch {
            return question.fail(
                "no valid handshake on port \(server.port): \(error)" + (renewalProblem.map { "; \($0)" } ?? ""),
                fix: settings.tls.mode == .files ? "look at the certificate's dates and chain" : Self.retry)
        }
        let days = (found.expires.milliseconds - now.milliseconds) / 86_400_000
        if let problem = renewalProblem {
            return question.warn(
                "port \(server.port) shows a certificate that ends in \(days) days; \(problem)", fix: Self.retry)
        }
        if days < AddressChecks.fewestDays {
            return question.warn("port \(server.port) shows a certificate that ends in \(days) days", fix: "renew it")
        }
        return await judge(question, found, days: days, probe, server)
    }

    private func judge(
        _ question: DoctorQuestion, _ found: TLSProbe.Finding, days: Int64, _ probe: TLSProbe, _ server: ServerProcess
    ) async -> DoctorCheck {
        if let weakness = await probe.weakness() {
            return question.fail("port \(server.port): \(weakness.what)", fix: "update HomeChat, which takes neither")
        }
        let seen =
            "port \(server.port): \(found.version), a certificate \(settings.tls.mode.origin) for "
            + "\(found.names.joined(separator: ", ")), valid for \(days) days, nothing older than TLS 1.2, no old suites"
        let name = found.names.first ?? server.host
        let head = try? await probe.head(of: "GET /up HTTP/1.1\r\nHost: \(name)\r\nConnection: close\r\n\r\n")
        return StrictTransport(head).judge(question, seen).noted("whether people reach it by such a name --url checks")
    }

    /// The guide wants a proxy for its TLS.
    func proxy(_ question: DoctorQuestion) -> DoctorCheck? {
        guard let server, server.isSecure == true else { return nil }
        return question.pass("none is needed: this server speaks TLS itself, on port \(server.port)")
    }

    /// Why there is no newer certificate, and when the next one is asked for.
    var renewalProblem: String? {
        guard settings.tls.mode == .acme || settings.tls.mode == .local,
            let news = RenewalNews(folder: NativeTLS.folder(settings)), let problem = news.problem
        else { return nil }
        let tries = news.failures == 1 ? "a try" : "\(news.failures) tries"
        return "\(tries) for a new one failed: \(problem); "
            + "next try at \(news.nextAttempt.formatted(.iso8601))"
    }

    /// A wildcard is this machine, too.
    private static func host(of server: ServerProcess) -> String {
        switch server.host {
        case "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        default: server.host
        }
    }
}

extension TLSMode {
    /// In words that go on after "a certificate".
    var origin: String {
        switch self {
        case .off: ""
        case .files: "from the operator's files"
        case .acme: "from a public authority"
        case .local: "from the household's own authority"
        }
    }
}
