import CMarkdown

/// Markdown of people we do not know, as HTML that is safe to insert into the page.
///
/// GitHub's flavour by cmark-gfm. Its output is made safe on the tree, before anything is printed: HTML in the text is shown as
/// text, links go to http, https and mailto only, pictures from elsewhere become links (so that reading a message tells nobody).
enum Markdown {
    /// What stands behind names in a text: `@ana` → a person, `#garden` → a channel. Keys as `nameKey` makes them.
    struct Names: Sendable {
        var people: [String: User.ID] = [:]
        var channels: [String: Channel.ID] = [:]
        /// Whether links to elsewhere become links, or stay words.
        var linksOut = true
    }

    static func html(_ text: String, names: Names = Names(), basePath: String = "") -> String {
        withDocument(of: text) { document in
            TreeEditor(names: names, basePath: basePath).edit(document)
            // "Unsafe" lets HTML nodes through as they are. By now the only ones that are left are ours.
            guard let output = cmark_render_html(document, CMARK_OPT_HARDBREAKS | CMARK_OPT_UNSAFE, nil) else {
                return ""
            }
            defer { cmark_get_default_mem_allocator().pointee.free(output) }
            return String(cString: output)
        }
    }

    /// Whether the text would become a link, or a picture, from elsewhere.
    static func hasOutsideLinks(_ text: String) -> Bool {
        withDocument(of: text) { document in
            nodes(below: document, of: CMARK_NODE_LINK, CMARK_NODE_IMAGE).contains { node in
                cmark_node_get_url(node).map { TreeEditor.isAllowed(String(cString: $0)) } ?? false
            }
        }
    }

    /// Where its links lead, in order; what is code and where pictures lead is left out.
    static func outsideLinks(of text: String) -> [String] {
        withDocument(of: text) { document in
            nodes(below: document, of: CMARK_NODE_LINK).compactMap { node in
                cmark_node_get_url(node).map { String(cString: $0) }
            }.filter(TreeEditor.isAllowed)
        }
    }

    /// The words alone, for excerpts and notifications.
    static func plainText(_ text: String, atMost limit: Int) -> String {
        let plain = withDocument(of: text) { document in
            guard let output = cmark_render_plaintext(document, CMARK_OPT_DEFAULT, 0) else { return "" }
            defer { cmark_get_default_mem_allocator().pointee.free(output) }
            return String(cString: output)
        }
        let line = plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= limit ? line : line.prefix(limit - 1) + "…"
    }

    /// The runs of plain text, without code and links.
    static func textRuns(of text: String) -> [String] {
        withDocument(of: text) { document in
            nodes(below: document, of: CMARK_NODE_TEXT).filter { !isInsideLink($0) }.compactMap { node in
                cmark_node_get_literal(node).map { String(cString: $0) }
            }
        }
    }

    private static let extensions = ["table", "strikethrough", "autolink"]
    private static let register: Void = cmark_gfm_core_extensions_ensure_registered()

    private static func withDocument<Result>(of text: String, _ body: (OpaquePointer) -> Result) -> Result {
        _ = register
        let parser = cmark_parser_new(CMARK_OPT_DEFAULT)
        defer { cmark_parser_free(parser) }
        for name in extensions {
            if let found = cmark_find_syntax_extension(name) { cmark_parser_attach_syntax_extension(parser, found) }
        }
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
        }
        guard let document = cmark_parser_finish(parser) else {
            preconditionFailure("cmark gives a document for every text")
        }
        defer { cmark_node_free(document) }
        // Names with an underscore arrive in pieces otherwise.
        cmark_consolidate_text_nodes(document)
        return body(document)
    }

    static func nodes(below root: OpaquePointer, of types: cmark_node_type...) -> [OpaquePointer] {
        let iterator = cmark_iter_new(root)
        defer { cmark_iter_free(iterator) }
        var found: [OpaquePointer] = []
        while case let event = cmark_iter_next(iterator), event != CMARK_EVENT_DONE {
            guard event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator) else { continue }
            if types.contains(cmark_node_get_type(node)) { found.append(node) }
        }
        return found
    }

    static func isInsideLink(_ node: OpaquePointer) -> Bool {
        var parent = cmark_node_parent(node)
        while let current = parent {
            let type = cmark_node_get_type(current)
            if type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE { return true }
            parent = cmark_node_parent(current)
        }
        return false
    }
}

extension String {
    /// For text and for quoted attribute values alike.
    var htmlEscaped: String {
        var escaped = ""
        escaped.reserveCapacity(utf8.count)
        for character in unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
