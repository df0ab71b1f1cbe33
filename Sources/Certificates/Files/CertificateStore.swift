import Foundation
import X509

/// The folder in which the server keeps what it made or was given: mode 0700, each file 0600.
///
/// | file | holds |
/// | --- | --- |
/// | `account.pem` | the key of the account at the certificate authority |
/// | `certificate.pem` | key and chain in one file, so that there is no moment in which they do not fit |
/// | `authority.pem` | likewise, of the household's own authority |
/// | `renewal.json` | when the next certificate is asked for |
public struct CertificateStore: Sendable {
    public let folder: String

    /// Makes the folder if there is none, and takes from others what they may do with it.
    public init(folder: String) throws(CertificatesError) {
        self.folder = folder
        try PrivateFile.makeFolder(folder)
    }

    /// The account's key; made when there is none.
    public func accountKey() throws(CertificatesError) -> AccountKey {
        if let bytes = try read("account.pem") {
            do {
                return try AccountKey(pem: bytes)
            } catch {
                throw .file(path("account.pem"), reason: "\(error)")
            }
        }
        let key = AccountKey()
        try write(Array(key.pem.utf8), to: "account.pem")
        return key
    }

    /// Nil when none was saved yet.
    public func certificate() throws(CertificatesError) -> ServerCertificate? {
        guard let bytes = try read("certificate.pem") else { return nil }
        do {
            return try ServerCertificate(chainPEM: bytes, keyPEM: bytes)
        } catch {
            throw .file(path("certificate.pem"), reason: "\(error)")
        }
    }

    public func save(_ certificate: ServerCertificate) throws(CertificatesError) {
        try write(Array((certificate.keyPEM + certificate.chainPEM).utf8), to: "certificate.pem")
    }

    func authority() throws(CertificatesError) -> (certificate: Certificate, key: Certificate.PrivateKey)? {
        guard let bytes = try read("authority.pem") else { return nil }
        do {
            guard let certificate = try PEM.certificates(bytes).first else { return nil }
            return (certificate, try PEM.privateKey(bytes))
        } catch {
            throw .file(path("authority.pem"), reason: "\(error)")
        }
    }

    func save(authority: ServerCertificate) throws(CertificatesError) {
        try write(Array((authority.keyPEM + authority.chainPEM).utf8), to: "authority.pem")
    }

    /// Nil when there is none or it cannot be read: then a certificate is asked for at once.
    func renewal() -> RenewalState? {
        guard let bytes = try? read("renewal.json") else { return nil }
        return try? JSONDecoder().decode(RenewalState.self, from: Data(bytes))
    }

    func save(_ state: RenewalState) throws(CertificatesError) {
        try write(CanonicalJSON.encode(state), to: "renewal.json")
    }

    private func path(_ name: String) -> String { folder + "/" + name }

    private func read(_ name: String) throws(CertificatesError) -> [UInt8]? {
        guard access(path(name), F_OK) == 0 || errno != ENOENT else { return nil }
        return try PrivateFile.read(path(name), secret: true)
    }

    private func write(_ bytes: [UInt8], to name: String) throws(CertificatesError) {
        try PrivateFile.write(bytes, to: path(name))
    }
}
