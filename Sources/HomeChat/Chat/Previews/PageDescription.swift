import Foundation

/// What a page of somebody else's says of itself in its head.
///
/// Its bytes are a stranger's and may be anything: read once from front to back, with no tree and no recursion, and only as
/// far as the head goes.
struct PageDescription: Sendable, Equatable {
    private(set) var title = ""
    private(set) var summary = ""
    private(set) var site = ""
    /// As it stands there; perhaps relative.
    private(set) var image = ""

    static let longestTitle = 200
    static let longestSummary = 300
    static let longestSite = 80

    var isEmpty: Bool { title.isEmpty }

    private var found: [String: String] = [:]

    /// - Parameter html: its first bytes; cut anywhere.
    init(html: [UInt8]) {
        var scanner = TagScanner(html)
        var words = ""
        while let tag = scanner.nextTag(), tag.name != "body" {
            switch tag.name {
            case "meta": note(tag)
            case "title" where words.isEmpty: words = scanner.text(until: "title")
            case "script", "style", "noscript", "template", "textarea": _ = scanner.text(until: tag.name)
            default: break
            }
        }
        title = first(of: "og:title", "twitter:title", otherwise: words).cut(to: Self.longestTitle)
        summary = first(of: "og:description", "twitter:description", "description").cut(to: Self.longestSummary)
        site = first(of: "og:site_name").cut(to: Self.longestSite)
        image = first(of: "og:image:secure_url", "og:image", "twitter:image").trimmingCharacters(in: .whitespaces)
        found = [:]
    }

    /// Of a picture that was linked to itself.
    init(pictureAt url: URL) {
        title = url.lastPathComponent.cut(to: Self.longestTitle)
        site = (url.host ?? "").cut(to: Self.longestSite)
    }

    private static let wanted: Set<String> = [
        "og:title", "twitter:title", "og:description", "twitter:description", "description", "og:site_name",
        "og:image:secure_url", "og:image", "twitter:image",
    ]

    private mutating func note(_ tag: TagScanner.Tag) {
        guard let name = (tag.attributes["property"] ?? tag.attributes["name"])?.lowercased(),
            Self.wanted.contains(name), found[name] == nil, let content = tag.attributes["content"], !content.isEmpty
        else { return }
        found[name] = content
    }

    private func first(of names: String..., otherwise: String = "") -> String {
        names.lazy.compactMap { found[$0] }.first ?? otherwise
    }
}

extension String {
    /// In one line, without what steers or hides.
    fileprivate func cut(to limit: Int) -> String {
        let visible = String(UnicodeScalarView(unicodeScalars.filter { !$0.isUnprintable || $0 == "\n" || $0 == "\t" }))
        let line = visible.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= limit ? line : line.prefix(limit - 1) + "…"
    }
}
