import NIOCore
import NIOFileSystem
import NIOPosix

/// A file while it comes in: written as it comes, in a folder of its own. It is closed when nobody holds it any more.
struct IncomingFile: Sendable {
    /// As it is shown.
    let name: String
    /// Whoever opened it closes this folder too.
    let folder: String
    private(set) var byteSize: Int64 = 0
    private let target: Target
    /// Of these the disk was told.
    private var sentSize: Int64 = 0

    /// After so many bytes the disk is set to work. All at the end, it would hold up whoever waits for it with a message; and so
    /// would more at a time, as many uploads side by side keep in step.
    private static let stride: Int64 = 128 << 10

    init(name: String, folder: String) async throws {
        self.name = name
        self.folder = folder
        target = try await FileTrouble.telling {
            try await NIOThreadPool.singleton.runIfActive { try Target("\(folder)/\(FileFolder.uploadName)") }
        }
    }

    /// Waits for the disk, where that is all there is to do: see `UploadLane`.
    mutating func write(_ bytes: ByteBuffer) throws {
        do {
            try target.write(bytes)
        } catch let error as Errno {
            throw FileTrouble(error.rawValue)
        }
        byteSize += Int64(bytes.readableBytes)
        guard byteSize - sentSize >= Self.stride else { return }
        target.beginWriting(from: sentSize, to: byteSize)
        sentSize = byteSize
    }

    /// NIO's own handles end the process when the last one goes without having been closed, and whoever is cancelled cannot
    /// close them.
    private final class Target: Sendable {
        private let descriptor: FileDescriptor

        /// For the server's account alone, and for no program that it starts.
        init(_ path: String) throws {
            descriptor = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
                permissions: .ownerReadWrite)
        }

        func write(_ bytes: ByteBuffer) throws {
            _ = try descriptor.writeAll(bytes.readableBytesView)
        }

        /// Waits for nothing. Linux takes this advice as: begin to write what is not on the disk yet.
        func beginWriting(from start: Int64, to end: Int64) {
            posix_fadvise(descriptor.rawValue, off_t(start), off_t(end - start), POSIX_FADV_DONTNEED)
        }

        deinit {
            try? descriptor.close()  // what did not reach the disk is told by whoever synchronizes it
        }
    }
}

/// A file that came in whole, which nobody has looked at yet.
struct ReceivedFile: Sendable {
    let name: String
    let folder: String
    let byteSize: Int64
    /// Among what is coming in.
    let share: IncomingShare
}

extension FileTrouble {
    /// What NIO and the system say of the disk, as we do.
    static func telling<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as Errno {
            throw FileTrouble(error.rawValue)
        } catch let error as FileSystemError {
            guard let cause = error.cause as? FileSystemError.SystemCallError else { throw error }
            throw FileTrouble(cause.errno.rawValue)
        }
    }
}
