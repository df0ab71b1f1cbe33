import Foundation
import Testing
import X509

@testable import Certificates

@Suite struct LocalAuthorityTests {
    private let now = Date()

    private func withAuthority(
        _ hosts: [String] = ["homechat.local", "192.168.1.5"],
        _ body: (String, LocalAuthority, HouseholdNames) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let names = try HouseholdNames(hosts)
            let store = try CertificateStore(folder: folder + "/tls")
            try await body(folder, LocalAuthority.open(in: store, title: "Household", names: names, now: now), names)
        }
    }

    @Test func `openssl accepts what the authority issues, by name and by address`() async throws {
        try await withAuthority { folder, authority, names in
            let leaf = try authority.issue(for: names, at: now)
            try write(authority.pem, to: folder + "/ca.pem")
            try write(leaf.chainPEM, to: folder + "/leaf.pem")
            for check in [
                ["-verify_hostname", "homechat.local"], ["-verify_hostname", "localhost"],
                ["-verify_ip", "192.168.1.5"], ["-verify_ip", "::1"], ["-purpose", "sslserver"],
            ] {
                let text = try run(
                    "openssl", "verify", "-x509_strict", "-CAfile", folder + "/ca.pem", check[0], check[1],
                    folder + "/leaf.pem")
                #expect(text.contains("OK"))
            }
        }
    }

    @Test func `a client that knows the authority believes its certificates for their names alone`() async throws {
        try await withAuthority { folder, authority, names in
            #expect(KnownAuthority(folder: folder) == nil)
            let known = try #require(KnownAuthority(folder: folder + "/tls"))
            let leaf = try #require(try authority.issue(for: names, at: now).chain.first)
            for host in ["homechat.local", "192.168.1.5", "::1", nil] {
                #expect(await known.objection(to: leaf, for: host, at: now) == nil, "\(host ?? "any")")
            }
            for host in ["other.local", "192.168.1.6"] {
                #expect(await known.objection(to: leaf, for: host, at: now) != nil, "\(host)")
            }
            #expect(await known.objection(to: leaf, for: nil, at: now.addingTimeInterval(400 * 86_400)) != nil)
            #expect(await known.objection(to: [1, 2, 3], for: nil, at: now) != nil)
            let stranger = try SelfSigned.certificate(for: ["homechat.local"], at: now)
            #expect(await known.objection(to: try #require(stranger.chain.first), for: nil, at: now) != nil)
        }
    }

    @Test func `the authority is limited to the household`() async throws {
        try await withAuthority(["homechat.local", "chat.smith.example", "100.64.1.2"]) { folder, authority, _ in
            try write(authority.pem, to: folder + "/ca.pem")
            let text = try run("openssl", "x509", "-in", folder + "/ca.pem", "-noout", "-text")
            #expect(text.contains("X509v3 Name Constraints: critical"))
            #expect(text.contains("X509v3 Basic Constraints: critical"))
            #expect(text.contains("CA:TRUE, pathlen:0"))
            #expect(text.contains("Certificate Sign, CRL Sign"))
            for permitted in [
                "DNS:local", "DNS:home.arpa", "DNS:chat.smith.example", "IP:192.168.0.0/255.255.0.0",
                "IP:100.64.1.2/255.255.255.255",
            ] {
                #expect(text.contains(permitted), "\(permitted)")
            }
            #expect(!text.contains("DNS:homechat.local"), "covered by local")
            #expect(mode(of: folder + "/tls/authority.pem") == 0o600)
        }
    }

    @Test func `openssl refuses what the authority signs for others`() async throws {
        try await withAuthority { folder, authority, _ in
            // With openssl, since issue() leaves such names out.
            try write(authority.pem, to: folder + "/ca.pem")
            for name in ["DNS:bank.example", "IP:9.9.9.9"] {
                try write("subjectAltName=\(name)\n", to: folder + "/ext")
                try run(
                    "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=x",
                    "-keyout", folder + "/k", "-out", folder + "/r")
                try run(
                    "openssl", "x509", "-req", "-in", folder + "/r", "-CA", folder + "/tls/authority.pem", "-CAkey",
                    folder + "/tls/authority.pem", "-extfile", folder + "/ext", "-set_serial", "7", "-out",
                    folder + "/l")
                let text = try run(
                    "openssl", "verify", "-CAfile", folder + "/ca.pem", folder + "/l", mayFail: true)
                #expect(text.contains("permitted subtree violation"), "\(text)")
            }
        }
    }

    /// BoringSSL knows no constraints on addresses and refuses such a certificate; whoever checks one here does it
    /// like this.
    @Test func `swift-certificates accepts what the authority issues, and for no other host`() async throws {
        try await withAuthority { _, authority, names in
            let root = try Certificate(derEncoded: authority.der)
            let leaf = try Certificate(derEncoded: authority.issue(for: names, at: now).chain[0])
            for (host, isRight) in [("homechat.local", true), ("bank.example", false)] {
                var verifier = Verifier(rootCertificates: X509.CertificateStore([root])) {
                    RFC5280Policy()
                    ServerIdentityPolicy(serverHostname: host, serverIP: nil)
                }
                let result = await verifier.validate(leaf: leaf, intermediates: X509.CertificateStore([]))
                if case .validCertificate = result { #expect(isRight) } else { #expect(!isRight, "\(result)") }
            }
        }
    }

    @Test func `a leaf lives 397 days and the authority ten years`() async throws {
        try await withAuthority { _, authority, names in
            let leaf = try authority.issue(for: names, at: now)
            #expect(leaf.lifetime <= 397 * day)
            #expect(leaf.notBefore < now)
            #expect(authority.notAfter.timeIntervalSince(now) > 3650 * day)
            let late = authority.notAfter.addingTimeInterval(-day)
            #expect(try authority.issue(for: names, at: late).notAfter == authority.notAfter)
            #expect(throws: CertificatesError.self) { try authority.issue(for: names, at: authority.notAfter) }
        }
    }

    @Test func `the authority is kept until it expires`() async throws {
        try await withFolder { folder in
            let store = try CertificateStore(folder: folder + "/tls")
            let names = try HouseholdNames(["homechat.local"])
            let first = try LocalAuthority.open(in: store, title: "Household", names: names, now: now)
            let again = try LocalAuthority.open(in: store, title: "Other", names: HouseholdNames([]), now: now)
            #expect(again.fingerprint == first.fingerprint)
            let later = try LocalAuthority.open(
                in: store, title: "Household", names: names, now: first.notAfter.addingTimeInterval(1))
            #expect(later.fingerprint != first.fingerprint)
        }
    }

    @Test func `names that the authority may not vouch for are left out and told`() async throws {
        try await withAuthority { _, authority, _ in
            let wider = try HouseholdNames(["printer.lan", "chat.smith.example", "8.8.8.8", "10.1.2.3"])
            #expect(authority.uncovered(wider) == ["chat.smith.example", "8.8.8.8"])
            let leaf = try authority.issue(for: wider, at: now)
            #expect(leaf.names == ["printer.lan", "localhost", "10.1.2.3", "127.0.0.1", "::1"])
        }
    }

    @Test func `another address in the house leads to another certificate, of the same authority`() async throws {
        try await withFolder { folder in
            let house = try ManagedHouse(folder: folder + "/tls", clock: TestClock(now), names: ["192.168.1.5"])
            let manager = house.manager { order, _ in
                let names = try HouseholdNames(order.names)
                let authority = try LocalAuthority.open(
                    in: house.store, title: "Household", names: names, now: house.clock.now)
                return try authority.issue(for: names, at: house.clock.now)
            }
            try await manager.start()
            await manager.check()
            house.names.withLock { $0 = ["192.168.1.77"] }
            await manager.check()
            await manager.check()
            #expect(house.delivered.map { $0.names.contains("192.168.1.77") } == [false, false, true])
            house.clock.move(by: 265 * day)
            await manager.check()
            #expect(house.delivered.count == 4, "renewed")
        }
    }

    @Test func `the Apple profile is a property list with the certificate and steady identifiers`() async throws {
        try await withAuthority { folder, authority, _ in
            let profile = try authority.appleProfile(organization: "The <Smiths> & co")
            try Data(profile).write(to: URL(fileURLWithPath: folder + "/p.mobileconfig"))
            try Data(authority.der).write(to: URL(fileURLWithPath: folder + "/ca.der"))
            try run(
                "python3", "-c",
                """
                import plistlib, sys, uuid, re
                p = plistlib.load(open(sys.argv[1] + "/p.mobileconfig", "rb"))
                c = p["PayloadContent"][0]
                assert p["PayloadType"] == "Configuration" and p["PayloadVersion"] == 1
                assert p["PayloadOrganization"] == "The <Smiths> & co", p
                assert c["PayloadType"] == "com.apple.security.root"
                assert c["PayloadContent"] == open(sys.argv[1] + "/ca.der", "rb").read()
                assert uuid.UUID(p["PayloadUUID"]).version == 8 and p["PayloadUUID"] != c["PayloadUUID"]
                assert p["PayloadRemovalDisallowed"] is False
                """, folder)
            let again =
                try PropertyListSerialization.propertyList(
                    from: Data(authority.appleProfile(organization: "The <Smiths> & co")), format: nil)
                as? [String: Any]
            let first = try PropertyListSerialization.propertyList(from: Data(profile), format: nil) as? [String: Any]
            #expect(again?["PayloadUUID"] as? String == first?["PayloadUUID"] as? String)
        }
    }

    @Test func `the fingerprint is the one that openssl shows`() async throws {
        try await withAuthority { folder, authority, _ in
            try Data(authority.der).write(to: URL(fileURLWithPath: folder + "/ca.cer"))
            let text = try run(
                "openssl", "x509", "-inform", "DER", "-in", folder + "/ca.cer", "-noout", "-fingerprint", "-sha256")
            #expect(text.hasSuffix("=\(authority.fingerprint)\n"))
            #expect(authority.title.hasPrefix("Household authority "))
        }
    }

    @Test func `what this machine is called can be put into a certificate`() throws {
        let names = MachineNames.current()
        _ = try HouseholdNames(names)
        #expect(MachineNames.hostNames("Chat-Box") == ["chat-box", "chat-box.local"])
        #expect(MachineNames.hostNames("chat.smith.lan") == ["chat", "chat.local", "chat.smith.lan"])
        #expect(MachineNames.hostNames("localhost") == [])
        #expect(MachineNames.hostNames("a_b") == [])
        #expect(!names.contains { $0.hasPrefix("fe80") })
    }
}
