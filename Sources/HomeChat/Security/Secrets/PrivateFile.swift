import Foundation

/// A file for its owner alone, written as a whole: after a crash it is what it was, or what it became.
struct PrivateFile: Sendable {
    let path: String

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// nil when there is none.
    func read() throws -> Data? {
        guard exists else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ChatError.malformed("\(path) cannot be read")
        }
        return data
    }

    func replace(with data: Data) throws {
        let draft = try writeDraft(data)
        guard rename(draft, path) == 0 else { throw failure(removing: draft) }
        try syncFolder()
    }

    /// Fails when the file is there.
    func create(with data: Data) throws {
        let draft = try writeDraft(data)
        guard link(draft, path) == 0 else { throw failure(removing: draft) }
        unlink(draft)
        try syncFolder()
    }

    func move(to other: String) throws {
        guard rename(path, other) == 0 else { throw failure() }
        try syncFolder()
    }

    func remove() {
        unlink(path)
    }

    /// Under a name that nobody else uses, since a reader of another process may look at any time.
    private func writeDraft(_ data: Data) throws -> String {
        let draft = "\(path).\(getpid()).tmp"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure() }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: data)
            try handle.synchronize()
            return draft
        } catch {
            unlink(draft)
            throw ChatError.malformed("cannot write \(path): \(error.localizedDescription)")
        }
    }

    /// A name is durable once its folder is.
    private func syncFolder() throws {
        let folder = open(
            URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure() }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure() }
    }

    private func failure(removing draft: String? = nil) -> ChatError {
        let reason = String(cString: strerror(errno))
        if let draft { unlink(draft) }
        return .malformed("cannot write \(path): \(reason)")
    }
}

/// Held while keys or credentials of a data directory change, so that two commands do not mix their steps. The system lets
/// go of it when its holder dies.
struct FolderLock: Sendable {
    private let file: Int32

    /// Waits for whoever has it.
    init(_ folder: String) throws {
        defer { Self.sweep(folder) }
        file = try Self.open(folder)
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else {
                close(file)
                throw ChatError.malformed("cannot lock \(folder)")
            }
        }
    }

    /// nil when somebody has it.
    init?(withoutWaiting folder: String) throws {
        file = try Self.open(folder)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            return nil
        }
    }

    /// Drafts of those that were killed hold keys.
    private static func sweep(_ folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names
        where name.hasSuffix(".tmp") && ["master.key", "credentials."].contains(where: name.hasPrefix) {
            guard let writer = name.dropLast(4).split(separator: ".").last.flatMap({ Int32($0) }),
                writer == getpid() || kill(writer, 0) != 0 && errno == ESRCH
            else { continue }
            unlink("\(folder)/\(name)")
        }
    }

    func release() {
        close(file)
    }

    private static func open(_ folder: String) throws -> Int32 {
        let path = "\(folder)/master.key.lock"
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw ChatError.malformed("cannot write \(path): \(String(cString: strerror(errno)))") }
        return file
    }
}
