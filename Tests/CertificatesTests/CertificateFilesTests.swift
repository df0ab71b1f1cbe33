import Foundation
import Testing

@testable import Certificates

/// With keys and certificates that openssl made, as an operator would.
@Suite struct CertificateFilesTests {
    /// Writes `ca.pem`, `leaf.pem`, `chain.pem` (leaf, then ca) and `key.pem`.
    private func withFiles(_ body: (String, CertificateFiles) async throws -> Void) async throws {
        try await withFolder { folder in
            try makeChain(in: folder)
            try await body(folder, CertificateFiles(certificate: folder + "/chain.pem", key: folder + "/key.pem"))
        }
    }

    private func reason(_ files: CertificateFiles) -> String {
        do {
            _ = try files.load()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `a chain and its key are loaded`() async throws {
        try await withFiles { _, files in
            let certificate = try files.load()
            #expect(certificate.names == ["chat.example.test", "192.168.1.5"])
            #expect(certificate.chain.count == 2)
            #expect(certificate.warnings(at: Date()) == [])
        }
    }

    @Test(arguments: [mode_t(0o640), 0o604, 0o660])
    func `a key that others can read is refused`(mode: mode_t) async throws {
        try await withFiles { folder, files in
            #expect(chmod(files.key, mode) == 0)
            #expect(reason(files).contains("mode 0\(String(mode, radix: 8))"))
            #expect(reason(files).contains("chmod 0600 \(files.key)"))
        }
    }

    @Test func `a key that belongs to another certificate is refused`() async throws {
        try await withFiles { folder, files in
            let other = CertificateFiles(certificate: files.certificate, key: folder + "/other.pem")
            try run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", other.key)
            #expect(chmod(other.key, 0o600) == 0)
            #expect(reason(other).contains("does not belong"))
        }
    }

    @Test func `a chain in the wrong order is refused`() async throws {
        try await withFiles { folder, files in
            let leaf = try String(contentsOfFile: folder + "/leaf.pem", encoding: .utf8)
            let ca = try String(contentsOfFile: folder + "/ca.pem", encoding: .utf8)
            try write(ca + leaf, to: files.certificate)
            #expect(reason(files).contains("the server's own must come first"))
            try write(leaf + leaf, to: files.certificate)
            #expect(reason(files).contains("number 1 was not issued by number 2"))
        }
    }

    @Test(arguments: ["pkcs8 -topk8 -v2 aes-128-cbc", "ec -aes128"])
    func `a key with a password is refused, in the new form and in the old`(form: String) async throws {
        try await withFiles { folder, files in
            let sealed = CertificateFiles(certificate: files.certificate, key: folder + "/sealed.pem")
            try run("sh", "-c", "openssl \(form) -in \(files.key) -out \(sealed.key) -passout pass:secret")
            #expect(chmod(sealed.key, 0o600) == 0)
            #expect(reason(sealed).contains("protected by a password"), "\(reason(sealed))")
        }
    }

    @Test func `an RSA key and a key with its parameters are taken`() async throws {
        try await withFolder { folder in
            try run(
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", "/CN=r",
                "-keyout", folder + "/key.pem", "-out", folder + "/c.pem")
            #expect(chmod(folder + "/key.pem", 0o600) == 0)
            let rsa = CertificateFiles(certificate: folder + "/c.pem", key: folder + "/key.pem")
            #expect(try rsa.load().warnings(at: Date()) == ["The certificate names no host, so no browser accepts it"])

            try run("openssl", "ecparam", "-name", "secp384r1", "-genkey", "-out", folder + "/ec.pem")
            try run("openssl", "req", "-x509", "-key", folder + "/ec.pem", "-subj", "/CN=e", "-out", folder + "/e.pem")
            #expect(chmod(folder + "/ec.pem", 0o600) == 0)
            #expect(
                try CertificateFiles(certificate: folder + "/e.pem", key: folder + "/ec.pem").load().chain.count == 1)
        }
    }

    @Test func `what has expired is used, with a warning`() async throws {
        try await withFiles { _, files in
            let certificate = try files.load()
            let warnings = certificate.warnings(at: Date().addingTimeInterval(11 * day))
            #expect(warnings.first?.contains("expired") == true)
        }
    }

    @Test func `what is no certificate is told with the file's name`() async throws {
        try await withFiles { folder, files in
            try write("hello", to: files.certificate)
            #expect(reason(files) == "\(files.certificate): there is no certificate in PEM form")
            #expect(reason(CertificateFiles(certificate: files.certificate, key: "/nowhere")).contains("No such file"))
            #expect(reason(CertificateFiles(certificate: folder, key: files.key)).contains("is no file"))
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            #expect(reason(CertificateFiles(certificate: folder + "/pipe", key: files.key)).contains("is no file"))
        }
    }

    @Test func `files that were replaced are noticed, and what does not fit yet waits`() async throws {
        try await withFiles { folder, files in
            var watch = CertificateFilesWatch(files)
            let first = try #require(try watch.poll())
            #expect(try watch.poll() == nil)

            try FileManager.default.createDirectory(atPath: folder + "/next", withIntermediateDirectories: true)
            try makeChain(in: folder + "/next")
            #expect(rename(folder + "/next/chain.pem", files.certificate) == 0)
            #expect(throws: CertificatesError.self) { try watch.poll() }
            #expect(try watch.poll() == nil, "told once")
            #expect(rename(folder + "/next/key.pem", files.key) == 0)
            let second = try #require(try watch.poll())
            #expect(second.fingerprint != first.fingerprint)
            #expect(try watch.poll() == nil)
            watch.forget()
            #expect(try watch.poll() == second)
        }
    }
}
