import Testing

@testable import HomeChat

@Suite struct DoctorSettingsTests {
    private func server(_ settings: Settings) throws -> ServerProcess {
        ServerProcess(try .init(ipAddress: "127.0.0.1", port: 3000), settings)
    }

    private func checks(_ live: LiveSettings, _ server: ServerProcess? = nil) -> [String: DoctorCheck] {
        let rules = RateScope.allCases.map { scope in
            RateRules.Line(
                scope: scope, rule: live.settings.rateLimits[scope], configured: live.settings.rateLimits[scope])
        }
        let all = NetworkChecks(live: live, rules: rules, server: server).all()
        return Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
    }

    @Test func `what a server tells of itself is read back as it was`() throws {
        var settings = Settings()
        settings.crossOrigins = ["https://evil.example", "https://b.example"]
        settings.trustedProxies = []
        settings.rateLimits[.login].limit = nil
        settings.tls.chosenMode = .local
        settings.siteName = "Our house"
        settings.masterKey = "a secret"
        #expect(!settings.told.values.contains { $0.contains("a secret") })
        let back = try #require(Settings().retold(settings.told))
        #expect(back.told == settings.told)
        #expect(back.crossOrigins == settings.crossOrigins && back.trustedProxies.isEmpty)
        #expect(back.rateLimits[.login].limit == nil && back.tls.mode == .local)
    }

    @Test func `every setting can be told and read back`() throws {
        let told = Settings().told
        #expect(try #require(Settings().retold(told)).told == told)
        #expect(Settings().retold(["port": "many"]) == nil)
    }

    @Test func `the running server is judged, and not what the doctor would begin`() throws {
        var running = Settings()
        running.rateLimits[.login].limit = nil
        running.trustedProxies = ["0.0.0.0/0"]
        let process = try server(running)
        let found = checks(LiveSettings(own: Settings(), process), process)
        #expect(found["rate_limits"]?.status == .fail && found["trusted_proxies"]?.status == .fail)
        #expect(found["trusted_proxies"]?.evidence.contains("began with other settings") == true)
        #expect(found["cors"]?.status == .pass && found["cors"]?.evidence == "no other origin")
    }

    @Test func `without a server nothing of its settings passes`() {
        let found = checks(LiveSettings(own: Settings(), nil))
        #expect(found.values.allSatisfy { $0.status == .unknown }, "\(found)")
        #expect(found["cors"]?.evidence.hasPrefix("no server runs") == true)
    }

    @Test(arguments: [
        ("0.0.0.0/0", DoctorCheck.Status.fail), ("::/0", .fail), ("203.0.113.0/24", .fail), ("10.0.0.0/7", .fail),
        ("203.0.113.9", .warn), ("192.168.1.0/24", .pass), ("fd00::/8", .pass), ("::1", .pass),
    ])
    func `strangers are no trusted proxies`(_ network: String, _ status: DoctorCheck.Status) throws {
        var settings = Settings()
        settings.trustedProxies = ["127.0.0.1", network]
        let process = try server(settings)
        #expect(checks(LiveSettings(own: settings, process), process)["trusted_proxies"]?.status == status)
    }

    @Test func `plain HTTP beyond this machine is told`() throws {
        func status(_ host: String, _ change: (inout Settings) -> Void = { _ in }) throws -> DoctorCheck.Status? {
            var settings = Settings()
            change(&settings)
            let process = ServerProcess(try .init(ipAddress: host, port: 3000), settings)
            return checks(LiveSettings(own: settings, process), process)["plain_http"]?.status
        }
        #expect(try status("127.0.0.1") == .pass)
        #expect(try status("192.168.1.5") == .warn && status("0.0.0.0") == .warn)
        #expect(try status("192.168.1.5") { $0.forcesTLS = true } == .pass)
        #expect(try status("192.168.1.5") { $0.tls.chosenMode = .local } == .pass)
    }

    @Test func `modern advice on the guide's header is told with its setting`() throws {
        let process = try server(Settings())
        let found = checks(LiveSettings(own: Settings(), process), process)["xss_header"]
        #expect(found?.evidence.contains("headers.xss_protection: \"0\"") == true)
    }

    @Test(arguments: [
        ("max-age=63072000; includeSubDomains", DoctorCheck.Status.pass), ("max-age=31536000", .warn),
        ("max-age=0", .fail),
        ("includeSubDomains", .fail),
    ])
    func `HSTS has to last`(_ value: String, _ status: DoctorCheck.Status) {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nStrict-Transport-Security: \(value)"
        #expect(StrictTransport(head).judge(DoctorQuestion("https", "HTTPS"), "TLS 1.3").status == status)
        #expect(StrictTransport("HTTP/1.1 200 OK").judge(DoctorQuestion("https", "HTTPS"), "").status == .warn)
    }

    @Test func `what comes later costs nobody a letter`() {
        let later = LaterChecks.all()
        #expect(later.allSatisfy { $0.status == .unknown && !$0.evidence.isEmpty })
        #expect(DoctorReport(later + [DoctorQuestion("a", "A").pass("seen")]).grade == "A+")
        let unknown = (0..<4).map { DoctorQuestion("\($0)", "").unknown("not seen") }
        #expect(DoctorReport(unknown).grade == "B")
    }

    @Test func `only where the system hands secrets over may others read the key`() {
        #expect(KeyPlace.isHandedOver("/run/secrets/master_key", [:]))
        #expect(KeyPlace.isHandedOver("/run/credentials/homechat.service/master_key", [:]))
        #expect(KeyPlace.isHandedOver("/creds/key", ["CREDENTIALS_DIRECTORY": "/creds"]))
        #expect(!KeyPlace.isHandedOver("/etc/homechat/key", ["CREDENTIALS_DIRECTORY": "/creds"]))
        #expect(!KeyPlace.isHandedOver("/run/secrets/../../etc/key", [:]))
        #expect(!KeyPlace.isHandedOver("/etc/key", ["CREDENTIALS_DIRECTORY": ""]))
    }
}
