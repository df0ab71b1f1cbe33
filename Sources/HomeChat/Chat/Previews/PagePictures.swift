import Foundation

/// Pictures of strangers' pages, made anew: what is kept of one is our own small copy, and nothing that it came with.
struct PagePictures: Sendable {
    let files: Files

    /// - Returns: nil for what is no picture that can be shown.
    func keep(_ bytes: [UInt8]) async throws -> FileContent? {
        nil
    }
}
