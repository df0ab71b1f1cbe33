import Crypto
import NIOCore
import NIOFileSystem

/// What tells bytes apart, read from the disk a piece at a time.
struct FileDigest: Sendable {
    /// In hexadecimal digits.
    let sha256: String
    let byteSize: Int64

    init(of path: String) async throws {
        (sha256, byteSize) = try await FileTrouble.telling {
            try await withTaskExecutorPreference(UploadLane.shared) {
                try await FileSystem.shared.withFileHandle(forReadingAt: FilePath(path), execute: Self.read)
            }
        }
    }

    private static func read(_ file: some ReadableFileHandleProtocol) async throws -> (String, Int64) {
        var (hash, count) = (SHA256(), Int64(0))
        for try await piece in file.readChunks(chunkLength: .kibibytes(128)) {
            hash.update(data: Array(piece.readableBytesView))
            count += Int64(piece.readableBytes)
        }
        return (Array(hash.finalize()).hexadecimal, count)
    }
}
