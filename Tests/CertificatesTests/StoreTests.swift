import Foundation
import Testing

@testable import Certificates

@Suite struct StoreTests {
    @Test func `the folder is for its owner only, and so are the files`() async throws {
        try await withFolder { folder in
            let tls = folder + "/tls"
            try FileManager.default.createDirectory(atPath: tls, withIntermediateDirectories: true)
            #expect(chmod(tls, 0o755) == 0)
            let store = try CertificateStore(folder: tls)
            #expect(mode(of: tls) == 0o700)
            _ = try store.accountKey()
            try store.save(.test())
            try store.save(RenewalState(order: "a", nextAttempt: Date()))
            for name in ["account.pem", "certificate.pem", "renewal.json"] {
                #expect(mode(of: "\(tls)/\(name)") == 0o600, "\(name)")
            }
        }
    }

    @Test func `the account keeps its key`() async throws {
        try await withFolder { folder in
            let store = try CertificateStore(folder: folder + "/tls")
            let first = try store.accountKey().keyAuthorization(for: "t")
            #expect(try store.accountKey().keyAuthorization(for: "t") == first)
        }
    }

    @Test func `whoever reads while certificates are saved always finds key and chain of one`() async throws {
        try await withFolder { folder in
            let store = try CertificateStore(folder: folder + "/tls")
            let (one, other) = (try ServerCertificate.test(), try ServerCertificate.test())
            try store.save(one)
            async let writing: Void = {
                for index in 0..<200 { try store.save(index.isMultiple(of: 2) ? other : one) }
            }()
            var found: Set<String> = []
            for _ in 0..<500 {
                // Throws where the key does not fit the certificate.
                found.insert(try #require(try store.certificate()).fingerprint)
                await Task.yield()
            }
            try await writing
            #expect(found.isSubset(of: [one.fingerprint, other.fingerprint]))
        }
    }

    @Test func `half of a file, left by a server that died, changes nothing`() async throws {
        try await withFolder { folder in
            let store = try CertificateStore(folder: folder + "/tls")
            let (old, new) = (try ServerCertificate.test(), try ServerCertificate.test())
            try store.save(old)
            try write(String(new.keyPEM.prefix(100)), to: folder + "/tls/certificate.pem.new", mode: 0o644)
            #expect(try store.certificate() == old)
            try store.save(new)
            #expect(try store.certificate() == new)
            #expect(mode(of: folder + "/tls/certificate.pem") == 0o600)
        }
    }

    @Test func `who has the old file open reads it to its end`() async throws {
        try await withFolder { folder in
            let store = try CertificateStore(folder: folder + "/tls")
            let certificate = try ServerCertificate.test()
            try store.save(certificate)
            let handle = try #require(FileHandle(forReadingAtPath: folder + "/tls/certificate.pem"))
            try store.save(.test())
            let old = try #require(try handle.readToEnd())
            #expect(try ServerCertificate(chainPEM: Array(old), keyPEM: Array(old)) == certificate)
        }
    }

    @Test func `a damaged certificate is told with its path`() async throws {
        try await withFolder { folder in
            let store = try CertificateStore(folder: folder + "/tls")
            try write(
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", to: folder + "/tls/certificate.pem")
            let error = #expect(throws: CertificatesError.self) { try store.certificate() }
            #expect("\(String(describing: error))".contains("certificate.pem"))
        }
    }

    @Test func `no dump shows the key`() throws {
        let certificate = try ServerCertificate.test()
        var text = "\(certificate) \(String(reflecting: certificate))"
        dump(certificate, to: &text)
        #expect(!text.contains("PRIVATE KEY"))
        #expect(text.contains("chat.example.test"))
    }
}
