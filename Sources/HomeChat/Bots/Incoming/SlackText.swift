/// Slack's "mrkdwn" as Markdown. What is Markdown already, as Mattermost's senders write it, stays as it is.
enum SlackText {
    /// Of one text; a message holds half of it.
    static let longest = 2 * MessageDraft.maximumCharacters

    static func markdown(_ text: String) -> String {
        var result = ""
        var rest = Substring(MarkdownText.cut(text, to: longest))
        var previous: Character?
        while let character = rest.first {
            let piece = codeSpan(rest) ?? reference(rest) ?? emphasis(rest, after: previous)
            if let piece {
                result += piece.text
                previous = rest[..<piece.end].last
                rest = rest[piece.end...]
            } else {
                result.append(character)
                previous = character
                rest = rest.dropFirst()
            }
        }
        return result.replacing("&lt;", with: "\\<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
    }

    private typealias Piece = (text: String, end: String.Index)

    /// Code is nobody's markup.
    private static func codeSpan(_ text: Substring) -> Piece? {
        guard text.first == "`" else { return nil }
        let fence = text.hasPrefix("```") ? "```" : "`"
        let start = text.index(text.startIndex, offsetBy: fence.count)
        guard let end = text[start...].firstRange(of: fence)?.upperBound else { return nil }
        return (String(text[..<end]), end)
    }

    /// `<https://…|words>`, `<@U024BE7LH>`, `<!channel>`.
    private static func reference(_ text: Substring) -> Piece? {
        // Not beyond the next "<", or many of them would each be looked through to the end.
        guard text.first == "<",
            let end = text.dropFirst().firstIndex(where: { $0 == ">" || $0 == "<" || $0.isNewline }),
            text[end] == ">"
        else { return nil }
        let inside = text[text.index(after: text.startIndex)..<end]
        let after = text.index(after: end)
        let parts = inside.split(separator: "|", maxSplits: 1).map(String.init)
        guard let target = parts.first else { return nil }
        switch target.first {
        case "!":
            let word = target.dropFirst().prefix { $0 != "^" }
            guard ["channel", "everyone", "here"].contains(word) else {
                return (MarkdownText.inline(parts.last ?? ""), after)
            }
            return ("@\(word)", after)
        case "@", "#": return (MarkdownText.inline(parts.count > 1 ? parts[1] : target), after)
        default:
            if target.hasPrefix("mailto:") { return (MarkdownText.inline(parts.last ?? ""), after) }
            guard MarkdownText.url(target) != nil else { return nil }
            return (parts.count > 1 ? MarkdownText.link(parts[1], to: target) : "<\(target)>", after)
        }
    }

    /// `*bold*` and `~struck~`, but not `**bold**`, `2 * 3 * 4`, or a list's star.
    private static func emphasis(_ text: Substring, after previous: Character?) -> Piece? {
        guard let mark = text.first, mark == "*" || mark == "~", previous.map({ !isWordy($0) && $0 != mark }) ?? true
        else { return nil }
        let inside = text.dropFirst()
        guard let first = inside.first, first != mark, !first.isWhitespace,
            let end = inside.firstIndex(where: { $0 == mark || $0.isNewline }), text[end] == mark,
            text[text.index(before: end)].isWhitespace == false
        else { return nil }
        let after = text.index(after: end)
        guard after == text.endIndex || text[after] != mark && !isWordy(text[after]) else { return nil }
        let doubled = "\(mark)\(mark)"
        return (doubled + markdown(String(inside[..<end])) + doubled, after)
    }

    private static func isWordy(_ character: Character) -> Bool { character.isLetter || character.isNumber }
}
