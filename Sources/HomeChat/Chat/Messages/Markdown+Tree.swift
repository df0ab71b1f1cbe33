import CMarkdown
import Foundation

/// Changes a parsed document into what may be printed: strangers' HTML becomes text, links and names become ours.
struct TreeEditor {
    typealias Node = OpaquePointer

    let names: Markdown.Names
    let basePath: String

    func edit(_ document: Node) {
        for node in Markdown.nodes(below: document, of: CMARK_NODE_HTML_INLINE) {
            cmark_node_set_literal(node, literal(of: node).htmlEscaped)
        }
        for node in Markdown.nodes(below: document, of: CMARK_NODE_HTML_BLOCK) {
            let text = literal(of: node).trimmingCharacters(in: .newlines).htmlEscaped
            cmark_node_set_literal(node, "<p>" + text.replacingOccurrences(of: "\n", with: "<br />\n") + "</p>\n")
        }
        for node in Markdown.nodes(below: document, of: CMARK_NODE_ITEM) { drawBox(in: node) }
        // Names before links: a name inside a link stays what it is.
        for node in Markdown.nodes(below: document, of: CMARK_NODE_TEXT) where !Markdown.isInsideLink(node) {
            linkNames(node)
        }
        // Pictures before links, while it can be seen which of them stand in one.
        for node in Markdown.nodes(below: document, of: CMARK_NODE_IMAGE) {
            replace(node, linked: !Markdown.isInsideLink(node))
        }
        for node in Markdown.nodes(below: document, of: CMARK_NODE_LINK) { replace(node, linked: true) }
    }

    private func literal(of node: Node) -> String {
        cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
    }

    /// `- [x] bread`: a box as a sign, since nobody can tick it here and an unlabelled control helps nobody.
    private func drawBox(in item: Node) {
        guard let paragraph = cmark_node_first_child(item), let text = cmark_node_first_child(paragraph),
            cmark_node_get_type(text) == CMARK_NODE_TEXT
        else { return }
        let words = literal(of: text)
        if words.hasPrefix("[ ] ") { cmark_node_set_literal(text, "☐ " + words.dropFirst(4)) }
        if words.lowercased().hasPrefix("[x] ") { cmark_node_set_literal(text, "☑ " + words.dropFirst(4)) }
    }

    private func insert(_ type: cmark_node_type, _ literal: String, before node: Node) {
        guard let new = cmark_node_new(type) else { return }
        cmark_node_set_literal(new, literal)
        if cmark_node_insert_before(node, new) == 0 { cmark_node_free(new) }
    }

    /// A link of ours around the same words: cmark's own cannot carry `rel`, and would show pictures from elsewhere.
    private func replace(_ node: Node, linked: Bool) {
        let address = cmark_node_get_url(node).map { String(cString: $0) } ?? ""
        let isLink = linked && names.linksOut && Self.isAllowed(address)
        if isLink {
            let opening = #"<a href="\#(address.htmlEscaped)" rel="noopener noreferrer nofollow" target="_blank">"#
            insert(CMARK_NODE_HTML_INLINE, opening, before: node)
        }
        if cmark_node_first_child(node) == nil { insert(CMARK_NODE_TEXT, address, before: node) }
        while let child = cmark_node_first_child(node) {
            cmark_node_unlink(child)
            if cmark_node_insert_before(node, child) == 0 { cmark_node_free(child) }
        }
        if isLink { insert(CMARK_NODE_HTML_INLINE, "</a>", before: node) }
        cmark_node_unlink(node)
        cmark_node_free(node)
    }

    static func isAllowed(_ address: String) -> Bool {
        guard let colon = address.firstIndex(of: ":") else { return false }
        return ["http", "https", "mailto"].contains(address[..<colon].lowercased())
    }

    private func linkNames(_ node: Node) {
        let pieces = NameScanner.pieces(of: literal(of: node))
        guard pieces.contains(where: { tags(for: $0) != nil }) else { return }
        for piece in pieces {
            let tags = tags(for: piece)
            if let tags { insert(CMARK_NODE_HTML_INLINE, tags.opening, before: node) }
            insert(CMARK_NODE_TEXT, piece.text, before: node)
            if let tags { insert(CMARK_NODE_HTML_INLINE, tags.closing, before: node) }
        }
        cmark_node_unlink(node)
        cmark_node_free(node)
    }

    private func tags(for piece: NameScanner.Piece) -> (opening: String, closing: String)? {
        switch piece.kind {
        case .text:
            return nil
        case .everyone:
            return (#"<strong class="mention mention-everyone">"#, "</strong>")
        case .person(let name):
            guard let id = names.people[nameKey(name)] else { return nil }
            return (#"<a class="mention" data-user-id="\#(id)" href="\#(basePath)/dm/\#(name.pathEscaped)">"#, "</a>")
        case .channel(let name):
            guard let id = names.channels[nameKey(name)] else { return nil }
            return (#"<a class="channel-mention" href="\#(basePath)/channels/\#(id)">"#, "</a>")
        }
    }
}
