import Storage

/// Something that somebody sent with a message, or is about to.
package struct File: Sendable {
    package typealias ID = Identifier<File>

    package let id: ID
    /// What its address ends with. Whoever knows it has no right by that.
    package let key: String
    /// What it was called where it came from: words to show, nothing to decide by.
    package let name: String
    package let kind: Kind
    package let content: FileContent
    package let uploader: User.ID
    /// nil: it waits for its message.
    package let message: Message.ID?
    package let createdAt: Timestamp

    /// What people look for it as.
    package enum Kind: String, Sendable, CaseIterable {
        case image, video, audio, document

        /// - Parameter type: a media type.
        init(type: String) {
            let family = type.prefix { $0 != "/" }
            self =
                family == "image" && !FileContent.isShown(type)
                ? .document : Kind(rawValue: String(family)) ?? .document
        }
    }

    /// 128 random bits.
    static func randomKey() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }.hexadecimal
    }
}

/// Bytes on the disk, there once however many files have them.
package struct FileContent: Sendable {
    package typealias ID = Identifier<FileContent>

    package let id: ID
    package let sha256: String
    /// Its name in the `FileFolder`.
    package let storedAs: String
    /// A media type, from the bytes.
    package let type: String
    package let byteSize: Int64
    /// Of images that browsers show.
    package let image: Image?
    package let preview: Preview?

    package struct Image: Sendable, Equatable {
        package let width: Int64
        package let height: Int64
        package let frames: Int64

        package var isAnimated: Bool { frames > 1 }
    }

    /// A small still picture of it, as WebP.
    package struct Preview: Sendable, Equatable {
        package let storedAs: String
        package let width: Int64
        package let height: Int64
        package let byteSize: Int64
    }

    /// Whether a browser may show it as part of the page. Everything else is only ever saved: what is text or markup
    /// could be more than it seems.
    static func isShown(_ type: String) -> Bool {
        switch type {
        case "image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf": true
        case "image/svg+xml": false
        default: type.hasPrefix("video/") || type.hasPrefix("audio/")
        }
    }

    var isShown: Bool { Self.isShown(type) }
}
