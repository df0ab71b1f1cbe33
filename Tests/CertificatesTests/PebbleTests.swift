import Foundation
import Logging
import Testing

@testable import Certificates

@Suite(.serialized, .enabled(if: Pebble.isInstalled, Pebble.missing), .timeLimit(.minutes(3)))
struct PebbleTests {
    private let names = ["chat.example.test", "home.example.test"]

    private func client(
        _ pebble: Pebble, _ server: ChallengeServer, challenges: [ACMEChallenge.Kind] = [.http01],
        key: AccountKey = AccountKey()
    ) -> ACMEClient {
        var settings = pebble.settings
        settings.challenges = challenges
        return ACMEClient(
            settings: settings, key: key, solver: server, logger: Logger(label: "test"),
            sleep: { try await Task.sleep(for: min($0, .milliseconds(100))) })
    }

    private func verify(_ certificate: ServerCertificate, with pebble: Pebble) async throws {
        let root = try await pebble.root()
        try write(certificate.chainPEM, to: pebble.folder + "/issued.pem")
        try run(
            "openssl", "verify", "-CAfile", root, "-untrusted", pebble.folder + "/issued.pem",
            "-verify_hostname", names[0], pebble.folder + "/issued.pem")
    }

    @Test(arguments: ACMEChallenge.Kind.allCases)
    func `a certificate is issued`(kind: ACMEChallenge.Kind) async throws {
        try await withPebble { pebble, server in
            // One name for TLS-ALPN-01, because the test's listener knows one at a time.
            let names = kind == .http01 ? names : [names[0]]
            let certificate = try await client(pebble, server, challenges: [kind]).issue(for: names)
            #expect(Set(certificate.names) == Set(names))
            #expect(certificate.chain.count == 2)
            try await verify(certificate, with: pebble)
            let asked = server.state.withLock { $0.asked }
            #expect(asked.contains { $0.hasPrefix(kind == .http01 ? "http /.well-known/acme-challenge/" : "tls") })
            #expect(server.state.withLock { $0.authorizations.isEmpty && $0.certificates.isEmpty })
        }
    }

    @Test func `refused nonces are tried again`() async throws {
        try await withPebble(rejectedNonces: 40) { pebble, server in
            let certificate = try await client(pebble, server).issue(for: [names[0]])
            #expect(certificate.names == [names[0]])
        }
    }

    @Test func `an account is found again by its key, and each certificate has a new key`() async throws {
        try await withPebble { pebble, server in
            let key = AccountKey()
            let first = try await client(pebble, server, key: key).issue(for: [names[0]])
            let second = try await client(pebble, server, key: key).issue(for: [names[0]])
            #expect(first.keyPEM != second.keyPEM)
            #expect(first.fingerprint != second.fingerprint)
        }
    }

    @Test func `a proof that is wrong is told with the authority's words`() async throws {
        try await withPebble { pebble, server in
            server.state.withLock { $0.isWrong = true }
            let error = await #expect(throws: CertificatesError.self) {
                try await client(pebble, server).issue(for: [names[0]])
            }
            guard case .challengeFailed(let domain, let problem) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(domain == names[0])
            #expect(problem.type == "unauthorized")
            #expect("\(problem)".contains(".wrong"), "\(problem)")
            #expect(server.state.withLock { $0.authorizations.isEmpty })
        }
    }

    @Test func `a failure by one way is followed by an attempt by the other`() async throws {
        try await withPebble { pebble, server in
            server.state.withLock { $0.isWrong = true }
            let client = client(pebble, server, challenges: [.http01, .tlsALPN01])
            await #expect(throws: CertificatesError.self) { try await client.issue(for: [names[0]], attempt: 0) }
            let certificate = try await client.issue(for: [names[0]], attempt: 1)
            #expect(certificate.names == [names[0]])
        }
    }

    @Test func `a name that the authority does not allow is told with its words`() async throws {
        try await withPebble { pebble, server in
            let error = await #expect(throws: CertificatesError.self) {
                try await client(pebble, server).issue(for: ["blocked.example.test"])
            }
            guard case .refused(let problem, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(problem.type == "rejectedIdentifier", "\(problem)")
        }
    }

    @Test func `an authority whose certificate is not trusted is not spoken to`() async throws {
        try await withPebble { pebble, server in
            var settings = pebble.settings
            settings.trustRoots = nil
            let client = ACMEClient(
                settings: settings, key: AccountKey(), solver: server, logger: Logger(label: "test"))
            let error = await #expect(throws: CertificatesError.self) { try await client.issue(for: [names[0]]) }
            #expect("\(String(describing: error))".contains("CERTIFICATE_VERIFY_FAILED"))
        }
    }

    @Test func `the first certificate, an authority that is down, and the renewal when it is back`() async throws {
        try await withPebble { pebble, server in
            let clock = TestClock(Date())
            let house = try ManagedHouse(folder: pebble.folder + "/data", clock: clock, names: [names[0]])
            let client = client(pebble, server, key: try house.store.accountKey())
            let manager = house.manager { order, attempt in try await client.issue(for: order.names, attempt: attempt) }

            try await manager.start()
            #expect(house.delivered.count == 1)
            #expect(await manager.status.isStopGap)
            await manager.check()
            let first = try #require(house.delivered.last)
            try await verify(first, with: pebble)

            await pebble.stop()
            clock.move(to: first.notAfter.addingTimeInterval(1 - first.lifetime / 3))
            await manager.check()
            #expect(house.delivered.count == 2)
            #expect(await manager.status.failures == 1)
            #expect(await manager.status.problem?.contains("cannot be reached") == true)

            try await pebble.start()
            await manager.check()
            #expect(house.delivered.count == 2, "not before the pause is over")
            clock.move(by: 61)
            await manager.check()
            let second = try #require(house.delivered.last)
            #expect(second.fingerprint != first.fingerprint)
            #expect(try house.store.certificate() == second)
            #expect(await manager.status.failures == 0)
        }
    }
}
