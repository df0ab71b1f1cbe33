import Foundation

/// A folder for plain text that must not stay, in memory where the system has such a place. Everybody may put things
/// there, so a name says nothing: only what is ours and closed to others is touched, through its descriptor alone.
struct PrivateFolder {
    private static let depth = 8
    /// Of Linux; the C library's module leaves them out.
    private static let (seekData, seekHole): (Int32, Int32) = (3, 4)

    let path: String
    private let descriptor: Int32

    /// - Parameter prefix: of the names of such folders; the process and something random follow.
    init(_ prefix: String, fallback: String) throws {
        let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fallback
        Self.sweep(base, prefix)
        var template = "\(base)/\(prefix)\(getpid())-XXXXXX".utf8CString
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
        let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        guard made, let folder = Self(existing: path) else {
            throw ChatError.malformed("cannot make \(path): \(String(cString: strerror(errno)))")
        }
        self = folder
    }

    /// nil for what somebody else made, or what others can write to.
    private init?(existing path: String) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { return nil }
        var status = stat()
        guard fstat(folder, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            close(folder)
            return nil
        }
        (self.path, descriptor) = (path, folder)
    }

    func wipe() {
        Self.empty(descriptor, Self.depth)
        close(descriptor)
        rmdir(path)  // nothing but an empty folder, whoever has put what in its place
    }

    /// What one that was killed left behind.
    private static func sweep(_ base: String, _ prefix: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? [] where name.hasPrefix(prefix) {
            guard let pid = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }), pid > 0, kill(pid, 0) != 0,
                errno == ESRCH
            else { continue }
            Self(existing: "\(base)/\(name)")?.wipe()
        }
    }

    private static func empty(_ folder: Int32, _ depth: Int) {
        for name in names(in: folder) {
            var status = stat()
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                zero(name, in: folder)
                unlinkat(folder, name, 0)
                continue
            }
            let inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard inner >= 0 else { continue }
            if depth > 0 { empty(inner, depth - 1) }
            close(inner)
            unlinkat(folder, name, AT_REMOVEDIR)
        }
    }

    /// Since an editor may have left copies, and the folder may lie on a disk.
    private static func zero(_ name: [CChar], in folder: Int32) {
        // A pipe would wait for its reader without O_NONBLOCK.
        let file = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let zeros = [UInt8](repeating: 0, count: 65_536)
        // Holes stay holes, however long the file says that it is.
        var position = lseek(file, 0, seekData)
        while position >= 0 {
            let end = lseek(file, position, seekHole)
            guard end > position else { break }
            while position < end {
                let count = pwrite(file, zeros, min(zeros.count, end - position), position)
                guard count > 0 else { return }
                position += count
            }
            position = lseek(file, end, seekData)
        }
        fsync(file)
    }

    /// As bytes: a name need not be text.
    private static func names(in folder: Int32) -> [[CChar]] {
        let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return [] }
        guard let list = fdopendir(copy) else {
            close(copy)
            return []
        }
        defer { closedir(list) }
        var names: [[CChar]] = []
        while let entry = readdir(list) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
            }
            if name != [46], name != [46, 46] { names.append(name + [0]) }
        }
        return names
    }
}
