import Testing

@testable import HomeChat

@Suite struct AnnouncementTests {
    private func settings(_ change: (inout Settings) -> Void = { _ in }) -> Settings {
        var settings = Settings()
        settings.host = "0.0.0.0"
        change(&settings)
        return settings
    }

    @Test("the port that is served is told, with the machine's name and without its domain")
    func defaults() throws {
        let announcement = try #require(Announcement(settings(), served: 3000, host: "pi.lan"))
        #expect(announcement.name == "HomeChat on pi")
        #expect(announcement.port == 3000 && !announcement.isSecure && announcement.family == .ipv4)
        #expect(announcement.texts == ["version=1.0", "platform=swift", "features=chat,api,webhooks", "secure=false"])
    }

    @Test("a long machine's name is cut to what fits")
    func longName() throws {
        let host = String(repeating: "ä", count: 60)
        let announcement = try #require(Announcement(settings(), served: 1, host: host))
        #expect(announcement.name.utf8.count <= Announcement.longestName)
        #expect(!announcement.name.contains("\u{FFFD}"))
    }

    @Test(
        "a port that a proxy has is secure where a public address says so",
        arguments: [
            (443, ["https://chat.example.org"], true), (8443, ["https://chat.example.org:8443"], true),
            (443, ["https://chat.example.org:8443"], false), (80, ["http://chat.example.org"], false), (443, [], false),
        ])
    func proxied(port: Int, urls: [String], isSecure: Bool) throws {
        let behind = settings {
            $0.host = "127.0.0.1"
            $0.discovery.port = port
            $0.publicURLs = urls
        }
        let announcement = try #require(Announcement(behind, served: 3000))
        #expect(announcement.port == port && announcement.isSecure == isSecure && announcement.family == .both)
    }

    @Test("secure is whether the very port speaks TLS")
    func secure() throws {
        let local = settings { $0.tls.chosenMode = .local }
        #expect(try #require(Announcement(local, served: 3000)).isSecure)
    }

    @Test(
        "what cannot be reached, or is not wanted, is not told",
        arguments: ["127.0.0.1", "::1", "localhost"])
    func quiet(host: String) {
        #expect(Announcement(settings { $0.host = host }, served: 3000) == nil)
        #expect(Announcement(settings { $0.discovery.isEnabled = false }, served: 3000) == nil)
        #expect(Announcement(settings { $0.discovery.mode = .disabled }, served: 3000) == nil)
        #expect(Announcement(settings { $0.isAddOn = true }, served: 3000) == nil)
    }

    @Test("the environment's older names are taken, and what Rails needed gets one line")
    func olderNames() throws {
        let settings = try Settings.load(environment: [
            "DISCOVERY_ENABLED": "true", "DISCOVERY_MODE": "local_only", "DISCOVERY_SERVER_NAME": "Küche",
            "DISCOVERY_PORT": "8443", "HOME_ASSISTANT_ADDON": "true", "AUTO_CREATE_API_TOKEN": "1",
            "SECRET_KEY_BASE": "x", "RAILS_FORCE_SSL": "true", "AR_ENCRYPTION_PRIMARY_KEY": "x",
            "RAILS_ENV": "production",
        ])
        #expect(settings.discovery.mode == .localOnly && settings.discovery.serverName == "Küche")
        #expect(settings.discovery.port == 8443 && settings.isAddOn && settings.makesAddOnToken)
        #expect(
            settings.remarks == [
                "SECRET_KEY_BASE, RAILS_FORCE_SSL and AR_ENCRYPTION_PRIMARY_KEY are set; HomeChat does not need them"
            ])
    }
}
