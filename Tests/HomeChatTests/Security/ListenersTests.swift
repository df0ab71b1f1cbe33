import Foundation
import NIOCore
import Testing

@testable import HomeChat

@Suite struct ListenersTests {
    private func listeners(port: Int = 8443, _ change: (inout Settings) -> Void = { _ in }) throws -> Listeners {
        var settings = Settings()
        settings.tls.chosenMode = .local
        settings.tls.plainPort = .off
        change(&settings)
        let listeners = Listeners(settings)
        #expect(listeners.opened(.main, try SocketAddress(ipAddress: "127.0.0.1", port: port)))
        return listeners
    }

    @Test func `a name of ours is kept, with the port of TLS`() throws {
        let doors = try listeners { $0.tls.names = ["box.home.arpa", "192.168.1.2", "fd00::2"] }
        #expect(doors.secureOrigin(for: "box.home.arpa:3001") == "https://box.home.arpa:8443")
        #expect(doors.secureOrigin(for: "BOX.home.arpa") == "https://box.home.arpa:8443")
        #expect(doors.secureOrigin(for: "192.168.1.2:3001") == "https://192.168.1.2:8443")
        #expect(doors.secureOrigin(for: "[fd00::2]:3001") == "https://[fd00::2]:8443")
        let standard = try listeners(port: 443) { $0.tls.names = ["box.home.arpa"] }
        #expect(standard.secureOrigin(for: "box.home.arpa") == "https://box.home.arpa")
    }

    @Test(arguments: ["evil.example", "box.home.arpa.evil.example", "evilbox.home.arpa", "10.0.0.1", "[::1]", ""])
    func `any other becomes the first of ours`(asked: String) throws {
        let doors = try listeners { $0.tls.names = ["box.home.arpa"] }
        #expect(doors.secureOrigin(for: asked) == "https://box.home.arpa:8443")
        let known = try listeners {
            $0.publicURLs = ["http://old.example", "https://chat.example.org"]
            $0.tls.names = ["box.home.arpa"]
        }
        #expect(known.secureOrigin(for: asked) == "https://chat.example.org")
        #expect(known.secureOrigin(for: "box.home.arpa") == "https://box.home.arpa:8443")
    }

    @Test(arguments: ["a b", "a;script-src *", "a\"", "a/b", "a@b"])
    func `what is no host is repeated nowhere`(asked: String) throws {
        #expect(try listeners().secureOrigin(for: asked) == nil)
        #expect(try listeners { $0.tls.names = ["a.lan"] }.secureOrigin(for: asked) == "https://a.lan:8443")
    }

    @Test func `without TLS of our own there is no such place`() throws {
        #expect(try listeners { $0.tls.chosenMode = .off }.secureOrigin(for: "box.home.arpa") == nil)
        #expect(Listeners(Settings()).secureOrigin(for: "a") == nil, "nor before the port is known")
    }

    @Test func `the last door to open is told so, and whoever waits goes on`() async throws {
        var settings = Settings()
        settings.tls.chosenMode = .local
        let listeners = Listeners(settings)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        #expect(!listeners.opened(.main, address))
        #expect(listeners.opened(.plain, address))
        await listeners.whenOpen()
    }
}

@Suite struct TLSSettingsTests {
    private func load(_ file: String) throws -> Settings {
        let folder = NSTemporaryDirectory() + "homechat-tls-\(UInt64.random(in: 0 ..< .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try file.write(toFile: folder + "/homechat.yaml", atomically: true, encoding: .utf8)
        return try Settings.load(arguments: ["--data-dir", folder], environment: [:])
    }

    @Test func `one word is enough, wherever it is said`() throws {
        #expect(try load("tls: local").tls.mode == .local)
        #expect(try load("tls: {mode: local}").tls.mode == .local)
        #expect(try load("tls: off").tls.mode == .off)
        #expect(try load("tls: {force: true}").forcesTLS)
        #expect(try Settings.load(arguments: ["--tls", "local"], environment: [:]).tls.mode == .local)
        #expect(try Settings.load(environment: ["HOMECHAT_TLS": "local"]).tls.mode == .local)
        #expect(
            try Settings.load(arguments: ["--tls", "off"], environment: ["HOMECHAT_TLS": "local"]).tls.mode == .off)
    }

    @Test func `naming files is asking for TLS, and the older words mean the same`() throws {
        #expect(try load("tls: {cert_file: /a, key_file: /b}").tls.mode == .files)
        let older = try load("ssl: true\ncertfile: /a\nkeyfile: /b")
        #expect(older.tls.mode == .files && older.tls.certificateFile == "/a" && older.tls.keyFile == "/b")
        #expect(throws: SettingsError.self) { try load("ssl: false\ncertfile: /a\nkeyfile: /b") }
    }

    @Test func `the second port is where people look for it, or not there`() throws {
        #expect(try load("port: 443\ntls: local").plainPort == 80)
        #expect(try load("tls: local").plainPort == 3001)
        #expect(try load("port: 8443\ntls: {cert_file: /a, key_file: /b}").plainPort == nil)
        #expect(try load("tls: {mode: local, http_port: off}").plainPort == nil)
        #expect(try load("tls: {mode: local, http_port: 8080}").plainPort == 8080)
        #expect(try load("").plainPort == nil)
        #expect(throws: SettingsError.self) { try load("port: 80\ntls: {mode: local, http_port: 80}") }
    }

    @Test func `a public authority is asked for the names of the public addresses`() throws {
        let agreed = "tls: {mode: acme, acme: {agree_to_terms: true}}\n"
        let named = try load(
            agreed + "public_url: [https://chat.example.org, https://chat.example.org:8443, https://b.example]")
        #expect(named.acmeNames == ["chat.example.org", "b.example"])
        #expect(named.tls.acme.directory == "https://acme-v02.api.letsencrypt.org/directory")
        let other = try load(
            "tls: {mode: acme, acme: {agree_to_terms: true, names: [a.example, b.example]}}\npublic_url: https://c.example"
        )
        #expect(other.acmeNames == ["a.example", "b.example"])
    }
}
