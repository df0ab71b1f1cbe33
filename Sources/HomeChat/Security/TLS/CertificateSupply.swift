import Certificates
import Foundation
import Logging

/// Where this server's certificate comes from, and who looks after it.
protocol CertificateSupply: Sendable {
    /// Looks after it until the task is cancelled; called when clients can come in.
    func run() async
    /// The operator says that something changed (SIGHUP).
    func lookNow() async
}

/// The operator's own files.
actor FileSupply: CertificateSupply {
    private static let period = Duration.seconds(10)

    private var watch: CertificateFilesWatch
    private let deliver: @Sendable (ServerCertificate) throws -> Void
    private let renewed: @Sendable (ServerCertificate) async -> Void
    private let logger: Logger
    private var current: ServerCertificate

    /// - Throws: what is wrong with the files; later that is logged, and the certificate before it stays.
    init(
        _ files: CertificateFiles, deliver: @escaping @Sendable (ServerCertificate) throws -> Void,
        renewed: @escaping @Sendable (ServerCertificate) async -> Void, logger: Logger
    ) throws {
        watch = CertificateFilesWatch(files)
        guard let first = try watch.poll() else { throw CertificatesError.invalid("there is no certificate") }
        try deliver(first)
        (self.deliver, self.renewed, self.logger, current) = (deliver, renewed, logger, first)
        first.logWarnings(at: Date(), logger)
    }

    func run() async {
        while (try? await Task.sleep(for: Self.period)) != nil { await look() }
    }

    func lookNow() async {
        watch.forget()
        await look()
    }

    private func look() async {
        do {
            guard let certificate = try watch.poll() else { return }
            try deliver(certificate)
            certificate.logWarnings(at: Date(), logger)
            guard certificate != current else { return logger.info("the certificate is the one in use") }
            current = certificate
            logger.notice(
                "the certificate was replaced",
                metadata: [
                    "names": "\(certificate.names.joined(separator: " "))",
                    "expires": "\(certificate.notAfter.formatted(.iso8601))",
                ])
            await renewed(certificate)
        } catch {
            logger.error("the new certificate cannot be used; the present one stays", metadata: ["error": "\(error)"])
        }
    }
}

extension CertificateManager: CertificateSupply {
    /// Whoever mended what went wrong need not wait for the next try.
    func lookNow() async {
        if status.failures > 0 { retryNow() }
        await check()
    }
}
