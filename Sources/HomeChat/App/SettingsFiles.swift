import NIOCore

extension Settings {
    /// What may be uploaded, and how much of it.
    package struct Files: Sendable {
        package var maximumBytes = 10 << 20
        package var perMessage = 10
        /// Of one person, however often the same bytes were sent.
        package var perPersonBytes = 2 << 30
        /// On the disk, with previews; nil: as much as it holds.
        package var serverBytes: Int?
        /// Left alone for everything else that is on that disk.
        package var freeBytes = 512 << 20
        /// Media types, or families of them: `video/*`.
        package var types = ["image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf", "text/plain"]
        package var maximumPixels = 50_000_000
        /// Processes that look at uploads at the same time.
        package var workers = max(2, System.coreCount / 2)

        /// - Parameter type: a media type in lower case.
        func takes(_ type: String) -> Bool {
            let family = type.prefix { $0 != "/" }
            return types.contains { $0 == type || $0 == "\(family)/*" || $0 == "*/*" }
        }

        /// What a request with files may have at most, beside what it says.
        var bytesPerRequest: Int { maximumBytes * perMessage }
    }

    static let uploads: [Setting] = [
        Setting("files.maximum_size", \.files.maximumBytes, .bytes(1 << 10...4 << 30), "largest file"),
        Setting("files.per_message", \.files.perMessage, .integer(1...50), "files that a message may have"),
        Setting("files.user_quota", \.files.perPersonBytes, .bytes(1 << 20...1 << 50), "what one person may keep here"),
        Setting(
            "files.server_quota", \.files.serverBytes, .optional(.bytes(1 << 20...1 << 50)),
            "what all files together may take; the whole disk if unset"),
        Setting(
            "files.keep_free", \.files.freeBytes, .bytes(0...1 << 50), "space on the disk that uploads leave alone"),
        Setting(
            "files.types", \.files.types, .list(.mediaType), "what may be uploaded: image/png, or video/*, or */*"),
        Setting(
            "files.maximum_pixels", \.files.maximumPixels, .integer(1_000_000...500_000_000),
            "largest picture, width times height"),
        Setting(
            "files.workers", \.files.workers, .integer(1...16),
            "looked at side by side; half the cores, at least 2, if unset"),
    ]
}

extension SettingsKind where Value == String {
    static let mediaType = SettingsKind(
        valueName: "TYPE",
        parse: { text throws(SettingsProblem) in
            let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
            let isFit =
                parts.count == 2 && parts.allSatisfy { $0 == "*" || isName($0) } && (parts[0] != "*" || parts[1] == "*")
            guard isFit else { throw SettingsProblem("must be a media type like image/png, video/* or */*") }
            return text.lowercased()
        }, describe: { $0 })

    /// RFC 6838, 4.2.
    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 127
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "!#$&-^_.+".utf8.contains(byte)
                }
            }
    }
}
