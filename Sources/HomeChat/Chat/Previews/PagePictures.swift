import Foundation
import NIOPosix

/// Pictures of strangers' pages, made anew: what is kept of one is our own small copy, and nothing that it came with.
struct PagePictures: Sendable {
    let files: Files

    /// - Returns: bytes that lie in the folder already and that no row names; nil for what is no picture that can be shown.
    func make(from bytes: [UInt8]) async throws -> FileContent.New? {
        guard try await files.hasRoom() else { return nil }  // a preview without a picture does as well
        let incoming = try await onDisk { folder in
            let incoming = try folder.openIncoming()
            try Data(bytes).write(to: URL(filePath: "\(incoming)/\(FileFolder.uploadName)"))
            return incoming
        }
        do {
            let made = try await make(in: incoming)
            try await onDisk { $0.close(incoming: incoming) }
            return made
        } catch {
            try await onDisk { $0.close(incoming: incoming) }
            throw error
        }
    }

    private func make(in incoming: String) async throws -> FileContent.New? {
        // Whatever is wrong with it, it is no picture for us.
        guard let found = try? await files.examiner.examine(folder: incoming), found.image != nil,
            let size = found.preview
        else { return nil }
        let path = "\(incoming)/\(FileExaminer.previewName)"
        let digest = try await FileDigest(of: path)
        let name = try await onDisk { try $0.store(path) }
        return FileContent.New(
            sha256: digest.sha256, storedAs: name, type: "image/webp", byteSize: digest.byteSize,
            image: .init(width: Int64(size.width), height: Int64(size.height), frames: 1), preview: nil)
    }

    /// Of bytes that were there already.
    func drop(_ name: String) async throws {
        try await onDisk { $0.remove(name) }
    }

    private func onDisk<Result: Sendable>(
        _ work: @escaping @Sendable (FileFolder) throws -> Result
    ) async throws -> Result {
        try await NIOThreadPool.singleton.runIfActive { [folder = files.folder] in try work(folder) }
    }
}
