import Foundation
import Synchronization
import Testing

@testable import Certificates

/// A temporary folder, removed at the end.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = NSTemporaryDirectory() + "certificates-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    #expect(chmod(path, mode) == 0)
}

func mode(of path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
}

/// Runs a program from Debian and returns what it printed; it must succeed unless `mayFail`.
@discardableResult
func run(_ arguments: String..., mayFail: Bool = false) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(mayFail || process.terminationStatus == 0, "\(arguments.joined(separator: " ")): \(text)")
    return text
}

func isInstalled(_ program: String) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
}

/// Stands still until it is moved.
final class TestClock: Sendable {
    private let time: Mutex<Date>

    init(_ time: Date = Date(timeIntervalSince1970: 1_800_000_000)) {
        self.time = Mutex(time)
    }

    var now: Date { time.withLock { $0 } }

    func move(by seconds: TimeInterval) {
        time.withLock { $0 = $0.addingTimeInterval(seconds) }
    }

    func move(to date: Date) {
        time.withLock { $0 = date }
    }
}

let day: TimeInterval = 86_400

extension ServerCertificate {
    /// Signed by itself, valid from `from` on.
    static func test(
        _ names: [String] = ["chat.example.test"], from: Date = Date(timeIntervalSince1970: 1_800_000_000),
        days: Double = 90
    ) throws -> ServerCertificate {
        try Issuance(
            subject: "test", names: names.compactMap { .init(host: $0) }, from: from,
            to: from.addingTimeInterval(days * day)
        ).selfSigned()
    }
}

/// Writes `ca.pem`, `leaf.pem`, `chain.pem` (leaf, then ca) and `key.pem`, made by openssl.
func makeChain(in folder: String, names: String = "DNS:chat.example.test,IP:192.168.1.5") throws {
    try write("subjectAltName=\(names)\n", to: folder + "/ext")
    try run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
        "-subj", "/CN=Test CA", "-keyout", folder + "/ca.key", "-out", folder + "/ca.pem")
    try run(
        "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=chat",
        "-keyout", folder + "/key.pem", "-out", folder + "/req.pem")
    try run(
        "openssl", "x509", "-req", "-in", folder + "/req.pem", "-CA", folder + "/ca.pem", "-CAkey", folder + "/ca.key",
        "-CAcreateserial", "-days", "10", "-extfile", folder + "/ext", "-out", folder + "/leaf.pem")
    let leaf = try String(contentsOfFile: folder + "/leaf.pem", encoding: .utf8)
    let ca = try String(contentsOfFile: folder + "/ca.pem", encoding: .utf8)
    try write(leaf + ca, to: folder + "/chain.pem", mode: 0o644)
    #expect(chmod(folder + "/key.pem", 0o600) == 0)
}
