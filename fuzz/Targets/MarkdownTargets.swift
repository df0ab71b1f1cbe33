import Foundation

@testable import HomeChat

extension FuzzTarget {
    /// Read again by a reader that knows only what may be there.
    static let markdown = FuzzTarget(name: "markdown") { bytes in
        var names = Markdown.Names()
        names.people = ["ana": User.ID(1), "ben": User.ID(2)]
        names.channels = ["home": Channel.ID(1)]
        var reader = AllowedHTML(Markdown.html(text(bytes), names: names, basePath: ""))
        reader.read()
        _ = Markdown.plainText(text(bytes), atMost: 80)
        _ = Markdown.textRuns(of: text(bytes))
    }

    static let names = FuzzTarget(name: "names") { bytes in
        let pieces = NameScanner.pieces(of: text(bytes))
        precondition(pieces.map(\.text).joined() == text(bytes), "the pieces are not the whole")
        _ = try? Username(text(bytes))
        _ = Timestamp(iso8601: text(bytes))
    }
}

/// A strict reader of what `Markdown.html` may print: these elements, these attributes, these schemes, closed in order.
private struct AllowedHTML {
    private static let attributes: [String: Set<String>] = [
        "a": ["href", "rel", "target", "class", "data-user-id"], "code": ["class"], "ol": ["start"],
        "strong": ["class"], "td": ["align"], "th": ["align"],
    ]
    private static let elements: Set<String> = [
        "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
        "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
    ]
    private static let schemes = ["http:", "https:", "mailto:", "/dm/", "/channels/"]

    private var rest: Substring
    private var open: [Substring] = []

    /// Byte by byte, as a browser finds its tags: to a Character, `>` and an accent after it are one.
    init(_ html: String) {
        rest = Substring(String(String.UnicodeScalarView(html.utf8.map { UnicodeScalar($0) })))
    }

    mutating func read() {
        while let begin = rest.firstIndex(of: "<") {
            requireText(rest[..<begin])
            rest = rest[rest.index(after: begin)...]
            readTag()
        }
        requireText(rest)
        precondition(open.isEmpty, "not closed: \(open)")
    }

    private func requireText(_ text: Substring) {
        precondition(!text.contains(">") && !text.contains("\""), "not escaped: \(text)")
    }

    private mutating func readTag() {
        let isEnd = take("/")
        let name = word()
        precondition(Self.elements.contains(String(name)), "element \(name)")
        if isEnd {
            precondition(take(">") && open.popLast() == name, "closed out of order: \(name)")
            return
        }
        while !take(">") {
            guard take(" ") else { preconditionFailure("in <\(name)>: \(rest.prefix(20))") }
            if take("/>") { return }
            readAttribute(of: String(name))
        }
        open.append(name)
    }

    private mutating func readAttribute(of element: String) {
        let name = String(word())
        precondition(Self.attributes[element]?.contains(name) == true, "\(name) on <\(element)>")
        precondition(take("=\""))
        guard let end = rest.firstIndex(of: "\"") else { preconditionFailure("no end of \(name)") }
        let value = rest[..<end]
        precondition(!value.contains("<") && !value.contains(">"), "not escaped: \(value)")
        if name == "href" {
            precondition(Self.schemes.contains { value.lowercased().hasPrefix($0) }, "href \(value)")
        }
        rest = rest[rest.index(after: end)...]
    }

    private mutating func word() -> Substring {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        rest = rest[word.endIndex...]
        return word
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.hasPrefix(text) else { return false }
        rest = rest.dropFirst(text.count)
        return true
    }
}
