import Imaging

/// From what libmagic says to what is stored: names that browsers know, and no text that one could take for a page.
enum MediaType {
    static let unknown = "application/octet-stream"
    static let plainText = "text/plain"
    static let pdf = "application/pdf"

    /// Those that are decoded. Others are known by name only.
    static let images: [String: imaging_kind] = [
        "image/jpeg": IMAGING_JPEG, "image/png": IMAGING_PNG, "image/gif": IMAGING_GIF, "image/webp": IMAGING_WEBP,
    ]

    private static let otherNames = [
        "application/x-empty": unknown,
        "audio/x-wav": "audio/wav", "audio/x-m4a": "audio/mp4", "audio/x-flac": "audio/flac",
        "audio/x-hx-aac-adts": "audio/aac", "video/x-m4v": "video/mp4",
        "image/vnd.mozilla.apng": animatedPNG, "image/x-ms-bmp": "image/bmp",
    ]
    /// libvips would keep its first picture only.
    static let animatedPNG = "image/apng"

    /// Texts that libmagic tells by how they begin. For the others it guesses, and calls letters programs.
    private static let textsBySignature: Set = [
        "text/html", "text/xml", "text/calendar", "text/vcard", "text/rtf", "text/vtt",
    ]

    /// - Parameters:
    ///   - said: by libmagic; nil when it failed.
    ///   - beginning: some kilobytes, all of a small file.
    ///   - isUTF8: asked only where it matters, since it reads the whole file.
    static func settled(_ said: String?, beginning: [UInt8], isUTF8: () -> Bool) -> String {
        let name = said?.prefix { $0 != ";" }.lowercased() ?? unknown
        guard isWellFormed(name), !name.hasPrefix("inode/") else { return unknown }
        if let other = otherNames[name] { return other }
        // libmagic looks at nothing with fewer than two bytes.
        if beginning.count == 1, beginning.allSatisfy(isText) { return plainText }
        if name == "image/png", isAnimatedPNG(beginning) { return animatedPNG }
        guard name.hasPrefix("text/") else { return name }
        if let markup = markup(beginning) { return markup }
        return !textsBySignature.contains(name) && isUTF8() ? plainText : name
    }

    /// Two tokens of RFC 9110 with a slash between.
    static func isWellFormed(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return name.utf8.count <= 127 && parts.count == 2
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(tokenBytes.contains) }
    }

    private static func isText(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) || [0x09, 0x0A, 0x0D].contains(byte)
    }

    private static let tokenBytes = Set("abcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-".utf8)

    /// What browsers that guess take for a page (WHATWG MIME Sniffing, 7.1). libmagic overlooks some of these.
    private static func markup(_ beginning: [UInt8]) -> String? {
        var rest = beginning[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        rest = rest.drop { [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains($0) }
        guard rest.first == UInt8(ascii: "<") else { return nil }
        let start = String(decoding: rest.dropFirst().prefix(16), as: UTF8.self).lowercased()
        if start.hasPrefix("?xml") { return "text/xml" }
        if start.hasPrefix("!--") { return "text/html" }
        let tag = start.prefix { $0.isLetter || $0.isNumber || $0 == "!" }
        return pageTags.contains(tag) ? "text/html" : nil
    }

    private static let pageTags: Set<Substring> = [
        "!doctype", "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b",
        "body",
        "br", "p", "svg",
    ]

    /// Whether a part called `acTL` stands before the pixels (PNG, third edition, 11.3.4.1).
    private static func isAnimatedPNG(_ beginning: [UInt8]) -> Bool {
        var at = 8
        while at + 8 <= beginning.count {
            let name = beginning[at + 4..<at + 8]
            if name.elementsEqual("acTL".utf8) { return true }
            if name.elementsEqual("IDAT".utf8) { return false }
            at += 12 + beginning[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        return false
    }
}
