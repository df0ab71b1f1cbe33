import Foundation

/// Reads and writes the files that hold keys: whole or not at all, and for nobody but this user.
enum PrivateFile {
    /// - Parameter secret: refuses a file that its group or others can read.
    static func read(_ path: String, secret: Bool) throws(CertificatesError) -> [UInt8] {
        // A pipe would be waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .file(path, reason: "is no file") }
        guard !secret || status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw .file(
                path,
                reason:
                    "holds a private key, and others than its owner can read it (mode 0\(mode)); run chmod 0600 \(path)"
            )
        }
        guard status.st_size <= Bounds.bytes else { throw .file(path, reason: "is longer than \(Bounds.bytes) bytes") }
        return try contents(of: descriptor, path: path)
    }

    /// Leaves either what was there before or all of the new bytes, also when the process or the machine dies
    /// meanwhile.
    static func write(_ bytes: [UInt8], to path: String) throws(CertificatesError) {
        let fresh = path + ".new"
        guard unlink(fresh) == 0 || errno == ENOENT else { throw failure(fresh) }
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(fresh) }
        defer { close(descriptor) }
        // The umask may have taken more than it should.
        guard fchmod(descriptor, 0o600) == 0 else { throw failure(fresh) }
        try put(bytes, into: descriptor, path: fresh)
        guard fsync(descriptor) == 0 else { throw failure(fresh) }
        guard rename(fresh, path) == 0 else { throw failure(path) }
        try sync(folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// Makes a folder that nobody else may look into.
    static func makeFolder(_ path: String) throws(CertificatesError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(path) }
        guard chmod(path, 0o700) == 0 else { throw failure(path) }
    }

    private static func contents(of descriptor: Int32, path: String) throws(CertificatesError) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            guard count > 0 else { return bytes }
            bytes += part.prefix(count)
            // It may grow while it is read.
            guard bytes.count <= Bounds.bytes else { throw .file(path, reason: "is longer than \(Bounds.bytes) bytes") }
        }
    }

    private static func put(_ bytes: [UInt8], into descriptor: Int32, path: String) throws(CertificatesError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            rest = rest.dropFirst(count)
        }
    }

    /// A rename is durable when the folder is.
    private static func sync(folder: String) throws(CertificatesError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder) }
    }

    private static func failure(_ path: String) -> CertificatesError {
        .file(path, reason: String(cString: strerror(errno)))
    }
}
