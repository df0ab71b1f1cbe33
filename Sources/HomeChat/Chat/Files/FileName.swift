import Foundation

/// What a file is called, made fit to be shown and to be saved under.
enum FileName {
    /// What a folder takes. Characters would bound nothing: any number of marks may be piled on one.
    static let maximumBytes = 255
    private static let longestExtension = 10

    /// The last part of a path in either direction, in one line, without what cannot be seen or turns the direction:
    /// `gpj.exe` must not look like `exe.jpg`. Never empty.
    /// - Parameter text: percent-encoded or not: Home Assistant's library encodes names in a form that others send as they are.
    static func displayed(_ text: String) -> String {
        let decoded = (text.removingPercentEncoding ?? text).unicodeScalars
        // By scalars, and after the rest: a mark beside a slash would make another character of both.
        let last = decoded.filter { !$0.isUnprintable }.split { $0 == "/" || $0 == "\\" }.last
        let visible = (last.map { String(Substring($0)) } ?? "").precomposedStringWithCanonicalMapping
            .trimmingCharacters(in: .whitespaces)
        let name = visible.allSatisfy { $0 == "." || $0 == " " } ? "file" : visible
        return shortened(name)
    }

    private static let endings = [
        "image/jpeg": ["jpg", "jpeg", "jpe", "jfif"], "image/png": ["png"], "image/gif": ["gif"],
        "image/webp": ["webp"], "application/pdf": ["pdf"],
    ]
    private static let pages: Set = [
        "html", "htm", "xhtml", "xht", "shtml", "svg", "svgz", "mht", "mhtml", "hta", "xml", "xsl",
    ]

    /// With another ending behind it where its own would have it opened as something that it is not, and where it has none.
    /// Pictures are known by their bytes, so that the ending of one kind does for another.
    /// - Parameters:
    ///   - name: as displayed.
    ///   - type: from the bytes.
    static func fitting(_ name: String, _ type: String) -> String {
        // Windows saves a name without the dots and blanks at its end, so they end nothing.
        let bare = bare(name)
        let ending = bare.lastIndex(of: ".").map { bare[bare.index(after: $0)...].lowercased() } ?? ""
        if let usual = endings[type]?.first {
            let fit =
                type.hasPrefix("image/")
                ? endings.filter { $0.key.hasPrefix("image/") }.values.joined().map(\.self) : [usual]
            return fit.contains(ending) ? name : shortened("\(bare).\(usual)")
        }
        return pages.contains(ending) ? shortened("\(bare).\(type == "text/plain" ? "txt" : "bin")") : name
    }

    private static func bare(_ name: String) -> Substring {
        let end = name.lastIndex { $0 != "." && $0 != " " }
        return end.map { name[...$0] } ?? "file"
    }

    /// The end says what it is, so the middle goes.
    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > maximumBytes else { return name }
        let ending = name.lastIndex(of: ".").map { name[$0...] } ?? ""
        guard ending.utf8.count <= longestExtension + 1 else { return beginning(of: name, atMost: maximumBytes) }
        return beginning(of: name, atMost: maximumBytes - ending.utf8.count) + ending
    }

    /// Whole characters, unless already the first has more bytes than that.
    private static func beginning(of name: String, atMost bytes: Int) -> String {
        var left = bytes
        func fits(_ size: Int) -> Bool {
            left -= size
            return left >= 0
        }
        let characters = name.prefix { fits($0.utf8.count) }
        guard characters.isEmpty else { return String(characters) }
        left = bytes
        return String(Substring(name.unicodeScalars.prefix { fits($0.utf8.count) }))
    }
}
