import HTTPTypes
import Hummingbird

/// Whether a browser shows something or keeps it as a file, and what the file is called then (RFC 6266).
struct ContentDisposition: Sendable {
    enum Kind: String, Sendable {
        case inline, attachment
    }

    let kind: Kind
    let name: String

    /// Longer names are names on no disk.
    private static let maximumBytes = 255
    /// What is kept at the end of a longer name: it may say what the file is.
    private static let maximumEnding = 16

    /// Twice: as it is, and for whoever knows ASCII alone.
    var text: String {
        let name = Self.shortened(name)
        return "\(kind.rawValue); filename=\"\(Self.plain(name))\"; filename*=UTF-8''\(Self.encoded(name))"
    }

    /// What would end the quotes, or be read as more than a name, is not in it.
    private static func plain(_ name: String) -> String {
        String(name.map { $0.asciiValue.map(isPlain) == true ? $0 : "_" })
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && !"\"\\%/:*?<>|".utf8.contains(byte)
    }

    /// RFC 8187, 3.2.1.
    private static func encoded(_ name: String) -> String {
        name.utf8.map { isAttributeCharacter($0) ? String(UnicodeScalar($0)) : "%" + [$0].hexadecimal.uppercased() }
            .joined()
    }

    private static func isAttributeCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$&+-.^_`|~".utf8.contains(byte)
        }
    }

    /// One letter can be as long as somebody likes: marks above marks.
    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > maximumBytes else { return name }
        let ending = name.lastIndex(of: ".").map { name[$0...] }.flatMap { $0.utf8.count <= maximumEnding ? $0 : nil }
        var start = ""
        var room = maximumBytes - (ending?.utf8.count ?? 0)
        for scalar in name.unicodeScalars {
            room -= UTF8.width(scalar)
            guard room >= 0 else { break }
            start.unicodeScalars.append(scalar)
        }
        return start + (ending ?? "")
    }
}

extension Response {
    /// What a browser keeps as a file; nothing on the way keeps a copy.
    static func attachment(_ name: String, type: String, _ body: ResponseBody) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: type, .contentDisposition: ContentDisposition(kind: .attachment, name: name).text,
                .cacheControl: "no-store",
            ], body: body)
    }
}

extension HTTPField.Name {
    static let contentDisposition = HTTPField.Name("Content-Disposition")!
}
