/// What Slack's and Mattermost's incoming webhooks take, as far as senders use it.
enum SlackFormat {
    private static let mostAttachments = 20
    private static let mostFields = 20

    static func fits(_ json: JSONValue) -> Bool { !json.list("attachments").isEmpty || !json.list("blocks").isEmpty }

    static func post(_ json: JSONValue) throws -> IncomingPost {
        let blocks = SlackBlocks.text(json.list("blocks"))
        // Where there are blocks, the text says the same for who cannot show them.
        var parts = [blocks.isEmpty ? json.string("text").map(SlackText.markdown) ?? "" : blocks]
        let attachments = json.list("attachments")
        parts += attachments.prefix(mostAttachments).map(attachment)
        if attachments.count > mostAttachments { parts.append("… and \(attachments.count - mostAttachments) more") }
        let text = parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
        guard !text.isEmpty else {
            throw ChatError.invalid("text", "is missing or blank, and so are attachments and blocks")
        }
        var post = IncomingPost(text)
        post.target = try NativeFormat.target(json)
        post.sender = json.string("username")
        return post
    }

    private static func attachment(_ json: JSONValue) -> String {
        let blocks = SlackBlocks.text(json.list("blocks"))
        guard blocks.isEmpty else { return blocks }
        let title = json.string("title").map { "**\(MarkdownText.link($0, to: json.string("title_link")))**" } ?? ""
        let author = json.string("author_name").map { MarkdownText.link($0, to: json.string("author_link")) } ?? ""
        let body = json.string("text").map(SlackText.markdown) ?? ""
        let fields = json.list("fields").prefix(mostFields).map(field)
        let footer = json.string("footer").map { MarkdownText.inline($0) } ?? ""
        let image = MarkdownText.url(json.string("image_url") ?? "").map { "<\($0)>" } ?? ""
        let pretext = json.string("pretext").map(SlackText.markdown) ?? ""
        let lines = [author, marked(title, json.string("color")), body] + fields + [image, footer]
        let shown = lines.filter { !$0.isEmpty }
        // "fallback" is for who can show nothing of the rest.
        let card =
            shown.isEmpty && pretext.isEmpty
            ? json.string("fallback").map(SlackText.markdown) ?? "" : shown.joined(separator: "\n")
        return [pretext, card].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func field(_ json: JSONValue) -> String {
        let value = json.string("value").map(SlackText.markdown) ?? ""
        guard let title = json.string("title") else { return value }
        return "\(MarkdownText.bold(title)): \(value)"
    }

    private static func marked(_ title: String, _ color: String?) -> String {
        guard !title.isEmpty else { return title }
        return switch color {
        case "danger": "🔴 \(title)"
        case "warning": "🟡 \(title)"
        case "good": "🟢 \(title)"
        default: title
        }
    }
}

/// Block Kit, as text.
enum SlackBlocks {
    private static let most = 50

    static func text(_ blocks: [JSONValue]) -> String {
        blocks.prefix(most).map(text).filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private static func text(_ block: JSONValue) -> String {
        switch block.string("type") {
        case "header": return MarkdownText.bold(block["text"]?.string("text") ?? "")
        case "section":
            let parts = [block["text"].map(words) ?? ""] + block.list("fields").map(words)
            let button = block["accessory"].map(element) ?? ""
            return (parts + [button]).filter { !$0.isEmpty }.joined(separator: "\n")
        case "context", "actions":
            return block.list("elements").map(element).filter { !$0.isEmpty }.joined(separator: " · ")
        case "divider": return "---"
        case "image": return element(block)
        case "rich_text": return block.list("elements").map { rich($0) }.filter { !$0.isEmpty }.joined(separator: "\n")
        case "markdown": return block.string("text") ?? ""
        default: return ""
        }
    }

    /// A text object: Slack's markup, or plain words.
    private static func words(_ object: JSONValue) -> String {
        guard let text = object.string("text") else { return "" }
        guard object.string("type") == "plain_text" else { return SlackText.markdown(text) }
        return text.split(whereSeparator: \.isNewline).map { MarkdownText.inline(String($0), atMost: 3000) }
            .joined(separator: "\n")
    }

    private static func element(_ json: JSONValue) -> String {
        switch json.string("type") {
        case "image": MarkdownText.link(json.string("alt_text") ?? "image", to: json.string("image_url"))
        case "button":
            json.string("url") == nil
                ? "" : MarkdownText.link(json["text"]?.string("text") ?? "open", to: json.string("url"))
        default: words(json)
        }
    }

    /// Nested as deep as JSON may be here; see `RequestFields.json`.
    private static func rich(_ json: JSONValue) -> String {
        let inside = json.list("elements").map(rich)
        switch json.string("type") {
        case "rich_text_list": return inside.map { "- \($0)" }.joined(separator: "\n")
        case "rich_text_preformatted": return "```\n\(inside.joined().replacing("```", with: "'''"))\n```"
        case "rich_text_quote": return "> " + inside.joined().replacing("\n", with: "\n> ")
        case "link": return MarkdownText.link(json.string("text", "url") ?? "", to: json.string("url"))
        case "emoji": return json.string("name").map { ":\(MarkdownText.inline($0)):" } ?? ""
        case "text":
            // Blanks at its ends hold it apart from its neighbours.
            return json["text"]?.text.map(MarkdownText.escaped) ?? ""
        default: return inside.joined()
        }
    }
}
