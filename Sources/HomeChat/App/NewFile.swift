import Foundation

/// A file for its owner alone that was not there before: never over another one, and never through somebody's link. Whoever
/// cannot complete it gives it up, so that the next try finds nothing in its way.
package struct NewFile: Sendable {
    let handle: FileHandle
    private let path: String

    package init(_ path: String) throws {
        self.path = path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ChatError.conflict("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    package func write(_ data: Data) throws {
        do { try handle.write(contentsOf: data) } catch {
            throw ChatError.conflict("cannot write \(path): \(error.localizedDescription)")
        }
    }

    /// All of it is on the disk afterwards.
    package func finish() throws {
        try handle.synchronize()
        try handle.close()
    }

    package func abandon() {
        try? handle.close()  // the reason why it is given up is told
        unlink(path)
    }
}
