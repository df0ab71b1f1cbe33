import Foundation
import Logging
import Testing

@testable import Certificates

/// Let's Encrypt's test server, with its challenge helper as the name server that sends every name to this machine.
final class Pebble: Sendable {
    static let isInstalled =
        CertificatesTests.isInstalled("pebble") && CertificatesTests.isInstalled("pebble-challtestsrv")
    static let missing: Comment = "NOT RUN: pebble is not installed (scripts/bootstrap build test)"

    let folder: String
    let listen: Int
    let management: Int
    let httpPort: Int
    let tlsPort: Int
    private let dns: Int
    private let dnsManagement: Int
    private let processes = Processes()

    init(in folder: String) throws {
        self.folder = folder
        let ports = try freePorts(6)
        (listen, management, httpPort) = (ports[0], ports[1], ports[2])
        (tlsPort, dns, dnsManagement) = (ports[3], ports[4], ports[5])
        try makeChain(in: folder, names: "DNS:localhost")
        try write(
            """
            {"pebble": {"listenAddress": "127.0.0.1:\(listen)", "managementListenAddress": "127.0.0.1:\(management)",
              "certificate": "\(folder)/leaf.pem", "privateKey": "\(folder)/key.pem",
              "httpPort": \(httpPort), "tlsPort": \(tlsPort), "externalAccountBindingRequired": false,
              "domainBlocklist": ["blocked.example.test"]}}
            """, to: folder + "/pebble.json")
    }

    var settings: ACMESettings {
        ACMESettings(
            directory: "https://localhost:\(listen)/dir", contact: ["ana@example.test"], agreesToTerms: true,
            trustRoots: folder + "/ca.pem", userAgent: "certificates-tests/1")
    }

    /// - Parameter rejectedNonces: of a hundred good ones, these many are refused.
    func start(rejectedNonces: Int = 0) async throws {
        try await processes.start(
            "pebble-challtestsrv", "-defaultIPv6", "", "-defaultIPv4", "127.0.0.1", "-dns01", "127.0.0.1:\(dns)",
            "-http01", "", "-https01", "", "-tlsalpn01", "", "-management", "127.0.0.1:\(dnsManagement)")
        try await processes.start(
            "pebble", "-config", folder + "/pebble.json", "-dnsserver", "127.0.0.1:\(dns)", "-strict",
            environment: [
                "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0", "PEBBLE_WFE_NONCEREJECT": "\(rejectedNonces)",
            ])
        let connection = try ACMEConnection(settings: settings, now: { Date() })
        defer { Task { await connection.close() } }
        for _ in 1...100 {
            if let answer = try? await connection.send(.get, ACMEURL(settings.directory)), answer.status == 200 {
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("pebble did not start")
    }

    func stop() async {
        await processes.stop()
    }

    /// The root that signs what is issued, in a file.
    func root() async throws -> String {
        let connection = try ACMEConnection(settings: settings, now: { Date() })
        let answer = try await connection.send(.get, ACMEURL("https://localhost:\(management)/roots/0"))
        await connection.close()
        try write(String(decoding: answer.body, as: UTF8.self), to: folder + "/root.pem")
        return folder + "/root.pem"
    }
}

func withPebble(
    rejectedNonces: Int = 0, _ body: @Sendable (Pebble, ChallengeServer) async throws -> Void
) async throws {
    try await withFolder { folder in
        let pebble = try Pebble(in: folder)
        let server = try await ChallengeServer.start(httpPort: pebble.httpPort, tlsPort: pebble.tlsPort)
        do {
            try await pebble.start(rejectedNonces: rejectedNonces)
            try await body(pebble, server)
        } catch {
            await pebble.stop()
            try await server.stop()
            throw error
        }
        await pebble.stop()
        try await server.stop()
    }
}

/// Those that a test started, and no others.
private actor Processes {
    private var running: [Process] = []

    func start(_ arguments: String..., environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        running.append(process)
    }

    func stop() {
        for process in running {
            process.terminate()
            process.waitUntilExit()
        }
        running = []
    }
}

/// Different ones, because all are taken before the first is let go.
func freePorts(_ count: Int) throws -> [Int] {
    var sockets: [Int32] = []
    defer { sockets.forEach { close($0) } }
    return try (0..<count).map { _ in
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sockets.append(number)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, length) == 0 && getsockname(number, $0, &length) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
