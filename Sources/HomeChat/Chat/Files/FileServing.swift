import Crypto
import Foundation
import Storage

/// A file that somebody may have, and whether others who come after them on the same device might as well.
package struct ServedFile: Sendable {
    package let file: File
    /// In a channel that everybody here may read.
    let isPublic: Bool
}

/// Bytes on the disk, with all that is said of them when they go out.
struct ServedBytes: Sendable {
    let content: FileContent.ID
    let storedAs: String
    let name: String
    /// For `Content-Type`.
    let type: String
    let byteSize: Int64
    /// An entity tag, in its quotes.
    let tag: String
    let isShown: Bool
    let isPublic: Bool

    /// Where a browser shows it.
    var policy: String {
        if type.hasPrefix("video/") || type.hasPrefix("audio/") { return ContentSecurityPolicy.ofMedia }
        return type == "application/pdf" ? ContentSecurityPolicy.ofDocuments : ContentSecurityPolicy.ofFiles
    }
}

extension ServedFile {
    var bytes: ServedBytes {
        let content = file.content
        return ServedBytes(
            content: content.id, storedAs: content.storedAs, name: file.name,
            type: content.type == "text/plain" ? "text/plain; charset=utf-8" : content.type,
            byteSize: content.byteSize, tag: "\"\(content.sha256.prefix(32))\"", isShown: content.isShown,
            isPublic: isPublic)
    }

    /// nil: there is none.
    var thumbnail: ServedBytes? {
        file.content.preview.map { preview in
            ServedBytes(
                content: file.content.id, storedAs: preview.storedAs, name: file.name + ".webp", type: "image/webp",
                byteSize: preview.byteSize, tag: "\"\(Self.digest(of: preview.storedAs))\"", isShown: true,
                isPublic: isPublic)
        }
    }

    /// Another preview of the same picture has another name, and may be made in another way. The name itself is for the disk.
    private static func digest(of name: String) -> String {
        SHA256.hash(data: Data(name.utf8)).prefix(16).hexadecimal
    }
}

extension Files {
    /// By the rule of its message, asked anew each time; what has no message yet is for whoever uploaded it.
    /// - Throws: `notFound` alike for what is not there, what may not be seen, and what went with its message.
    package func find(key: String, as principal: Principal) async throws -> ServedFile {
        try principal.require(ChannelAction.read.scope)
        return try await database.read { tx in
            guard let file = try File.find(key: key, tx) else { throw ChatError.notFound("file") }
            guard let message = file.message else {
                guard try File.waits(file.id, for: Uploader(principal), tx) else { throw ChatError.notFound("file") }
                return ServedFile(file: file, isPublic: false)
            }
            do {
                let (_, access) = try Messages.find(message, .read, principal, tx)
                return ServedFile(file: file, isPublic: access.type == .public)
            } catch ChatError.notFound {
                throw ChatError.notFound("file")
            }
        }
    }
}
