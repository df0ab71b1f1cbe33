import Foundation
import Testing

/// A certificate that signs itself, made by `openssl` for one test.
struct TestCertificate {
    let certificate: [UInt8]
    let key: [UInt8]
    let serial: [UInt8]

    static func make(serial: UInt8, name: String = "chat.example") async throws -> TestCertificate {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cable-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificate = folder.appendingPathComponent("certificate.pem")
        let key = folder.appendingPathComponent("key.pem")
        _ = try await run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)",
            "-set_serial", String(serial), "-keyout", key.path, "-out", certificate.path,
        ])
        return TestCertificate(
            certificate: [UInt8](try Data(contentsOf: certificate)), key: [UInt8](try Data(contentsOf: key)),
            serial: [serial])
    }
}

/// What the command prints.
func run(_ command: [String]) async throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    return try await withCheckedThrowingContinuation { done in
        DispatchQueue.global().async {
            do {
                try process.run()
                let data = output.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                done.resume(returning: String(decoding: data, as: UTF8.self))
            } catch {
                done.resume(throwing: error)
            }
        }
    }
}
