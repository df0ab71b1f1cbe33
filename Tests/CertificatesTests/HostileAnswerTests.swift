import Foundation
import Logging
import Testing

@testable import Certificates

/// Over a real socket with TLS, from a server that does not keep to the rules.
@Suite struct HostileAnswerTests {
    private func withServer(
        _ answer: String, trickles: Bool = false, _ body: (ACMESettings) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            try makeChain(in: folder, names: "DNS:localhost")
            let files = CertificateFiles(certificate: folder + "/chain.pem", key: folder + "/key.pem")
            let server = try await HostileServer.start(
                showing: files.load(), answering: answer, thenTrickle: trickles)
            try await body(
                ACMESettings(
                    directory: server.url, agreesToTerms: true, trustRoots: folder + "/ca.pem", userAgent: "test/1"))
            try await server.channel.close()
        }
    }

    private struct NoSolver: ChallengeSolver {
        func present(token: String, keyAuthorization: String) {}
        func presentALPN(domain: String, certificate: ServerCertificate) {}
        func remove(token: String, domain: String) {}
    }

    private func failure(_ settings: ACMESettings) async -> CertificatesError? {
        let client = ACMEClient(
            settings: settings, key: AccountKey(), solver: NoSolver(), logger: Logger(label: "test"))
        return await #expect(throws: CertificatesError.self) { try await client.issue(for: ["a.test"]) }
    }

    private func http(_ status: String, _ body: String, _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    @Test func `an answer without end is cut`() async throws {
        let body = String(repeating: "x", count: 1_100_000)
        try await withServer(http("200 OK", body)) { settings in
            #expect(await failure(settings) == .answer("it is longer than 1000000 bytes"))
        }
    }

    @Test func `a page instead of a directory is told`() async throws {
        try await withServer(http("200 OK", "<html>hello</html>")) { settings in
            #expect("\(String(describing: await failure(settings)))".contains("ACMEDirectory"))
        }
    }

    @Test func `a redirect is not followed`() async throws {
        try await withServer(http("302 Found", "", "Location: https://localhost:1/\r\n")) { settings in
            guard case .refused(let problem, nil) = await failure(settings) else { return _ = Issue.record("followed") }
            #expect(problem.type == "HTTP 302")
        }
    }

    @Test func `a limit is told with the time to wait`() async throws {
        try await withServer(http("429 Too Many", AnswerTests.problem, "Retry-After: 3600\r\n")) { settings in
            guard case .refused(let problem, let wait) = await failure(settings) else {
                return _ = Issue.record("not refused")
            }
            #expect(problem.type == "rateLimited")
            #expect(wait == 3600)
        }
    }

    @Test func `what is not HTTP is told`() async throws {
        try await withServer("\u{0}\u{1}garbage\r\n\r\n") { settings in
            guard case .unreachable = await failure(settings) else { return _ = Issue.record("taken") }
        }
    }

    @Test func `an answer that trickles is given up`() async throws {
        try await withServer("HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n{", trickles: true) { settings in
            let connection = try ACMEConnection(settings: settings, limit: .seconds(1), now: { Date() })
            let error = await #expect(throws: CertificatesError.self) {
                try await connection.send(.get, ACMEURL(settings.directory))
            }
            await connection.close()
            #expect(error == .unreachable("no answer within 1 s"))
        }
    }

    @Test func `an account is not made without agreeing to the terms`() async throws {
        try await withServer(http("200 OK", AnswerTests.directory)) { settings in
            var settings = settings
            settings.agreesToTerms = false
            let error = await failure(settings)
            #expect(error == .invalid("the terms of the certificate authority are not agreed to: https://ca.test/t"))
        }
    }

    @Test func `roots that cannot be read are told with their path`() async throws {
        let settings = ACMESettings(agreesToTerms: true, trustRoots: "/nowhere.pem", userAgent: "test/1")
        #expect(await failure(settings) == .file("/nowhere.pem", reason: "No such file or directory"))
    }
}
