import Foundation

/// The folder with the bytes of all files: each under a random name, for the server's account alone.
///
/// `incoming/NAME/` holds what one request brings; `ab/abcdef…` what is stored. All nodes may share it.
struct FileFolder: Sendable {
    let path: String

    static let uploadName = FileExaminer.uploadName

    init(_ settings: Settings) {
        path = settings.dataDirectory + "/files"
    }

    var incoming: String { path + "/incoming" }

    /// Where the bytes of this name are.
    func place(of name: String) -> String { "\(path)/\(name.prefix(2))/\(name)" }

    /// A new folder for what comes in.
    /// - Returns: its path. Whoever asked for it removes it, with all that is in it.
    func openIncoming() throws -> String {
        let folder = "\(incoming)/\(File.randomKey())"
        try Self.make(folder)
        return folder
    }

    /// A new folder in one of those, for one file of several: while any of them comes in, none is left over.
    func openIncoming(within folder: String) throws -> String {
        let inner = "\(folder)/\(File.randomKey())"
        try Self.make(inner)
        return inner
    }

    /// What is left there was not stored.
    func close(incoming folder: String) {
        try? FileManager.default.removeItem(atPath: folder)  // the next start sweeps what could not be removed
    }

    /// Moves a complete file in. It is on the disk before anything refers to it.
    /// - Returns: the name that it is stored as.
    func store(_ source: String) throws -> String {
        let name = File.randomKey()
        let target = place(of: name)
        try Self.synchronize(source)
        try makeDurably((target as NSString).deletingLastPathComponent)
        guard rename(source, target) == 0 else { throw FileTrouble(errno) }
        try Self.synchronize((target as NSString).deletingLastPathComponent)
        return name
    }

    /// Bytes that were stored before and are lost come back from another copy of them.
    /// - Returns: whether they were lost.
    func mend(_ name: String, from copy: String) -> Bool {
        FileStatus(at: place(of: name)) == nil && rename(place(of: copy), place(of: name)) == 0
    }

    func remove(_ name: String) {
        unlink(place(of: name))  // what stays is a stray, and found as one
    }

    static func size(of path: String) throws -> Int64 {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber else {
            throw FileTrouble(EIO)
        }
        return size.int64Value
    }

    /// Bytes that may still be written; nil where the system does not say.
    func freeBytes() -> Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int64(status.f_bavail) * Int64(status.f_frsize)
    }

    /// Also a folder that is lost takes along what is in it.
    private func makeDurably(_ folder: String) throws {
        guard FileStatus(at: folder) == nil else { return }
        try Self.make(folder)
        try Self.synchronize(path)
    }

    /// With the folders around it.
    private static func make(_ folder: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch let error as CocoaError {
            throw FileTrouble((error.underlying as? POSIXError)?.code.rawValue ?? EIO)
        }
    }

    private static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileTrouble(errno) }
        defer { Foundation.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileTrouble(errno) }
    }
}

/// What the disk says, of which only one thing is anybody's business.
struct FileTrouble: Error, CustomStringConvertible {
    let code: Int32

    init(_ code: Int32) {
        self.code = code
    }

    var isFull: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
    var description: String { String(cString: strerror(code)) }
}
