import Foundation

/// A certificate and a key that the operator keeps, in PEM files of their own (both may be the same file).
public struct CertificateFiles: Sendable, Hashable {
    public let certificate: String
    public let key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// - Throws: ``CertificatesError/file(_:reason:)`` for a key that others can read, that needs a password or that
    ///   does not fit, and for a chain in the wrong order. What has expired is no error; see
    ///   ``ServerCertificate/warnings(at:)``.
    public func load() throws(CertificatesError) -> ServerCertificate {
        let keyBytes = try PrivateFile.read(key, secret: true)
        let chainBytes = try PrivateFile.read(certificate, secret: false)
        let chain = try naming(certificate) { () throws(CertificatesError) in try PEM.certificates(chainBytes) }
        let privateKey = try naming(key) { () throws(CertificatesError) in try PEM.privateKey(keyBytes) }
        return try naming(certificate) { () throws(CertificatesError) in
            try ServerCertificate(chain: chain, key: privateKey)
        }
    }

    private func naming<Result>(
        _ path: String, _ body: () throws(CertificatesError) -> Result
    ) throws(CertificatesError) -> Result {
        do {
            return try body()
        } catch {
            throw .file(path, reason: "\(error)")
        }
    }

    /// What changes whenever one of the files is written or replaced; nil parts for files that are not there.
    public struct Stamp: Sendable, Hashable {
        fileprivate struct File: Sendable, Hashable {
            let inode: UInt64
            let size: Int64
            let seconds: Int
            let nanoseconds: Int
        }
        fileprivate let certificate: File?
        fileprivate let key: File?
    }

    public func stamp() -> Stamp {
        Stamp(certificate: Self.stamp(certificate), key: Self.stamp(key))
    }

    /// Follows links, since certbot replaces those.
    private static func stamp(_ path: String) -> Stamp.File? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp.File(
            inode: UInt64(status.st_ino), size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
}

/// Notices that an operator's files were replaced. The caller decides when to look; every ten seconds is plenty.
public struct CertificateFilesWatch: Sendable {
    public let files: CertificateFiles
    private var loaded: CertificateFiles.Stamp?
    private var reported: CertificateFiles.Stamp?

    public init(_ files: CertificateFiles) {
        self.files = files
    }

    /// The certificate when it was not loaded yet or the files changed since; nil when there is nothing new.
    ///
    /// Two files are not replaced at one moment: what does not fit now is tried again at each call, and thrown once for
    /// each state of the files. The old certificate stays good until then.
    public mutating func poll() throws(CertificatesError) -> ServerCertificate? {
        // Taken before reading, so that what is written meanwhile counts as a change.
        let stamp = files.stamp()
        guard stamp != loaded else { return nil }
        do {
            let certificate = try files.load()
            loaded = stamp
            reported = nil
            return certificate
        } catch {
            guard reported != stamp else { return nil }
            reported = stamp
            throw error
        }
    }

    /// As after SIGHUP: the next ``poll()`` loads, whether or not the files changed, and tells again what is wrong.
    public mutating func forget() {
        loaded = nil
        reported = nil
    }
}
