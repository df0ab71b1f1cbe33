import Foundation

/// What a request to a webhook is to become: a message, and where it goes.
struct IncomingPost: Sendable {
    static let longestTitle = 200
    private static let cutMark = "\n… (cut)"

    var text: String
    var kind = Message.Kind.bot
    /// nil: where this bot's messages go.
    var target: Room.Target?
    var sender: String?
    /// The next one with the same key in that channel takes the place of this one.
    var key: String?
    /// What the card is about is over: the next one of that key is a new message.
    var endsCard = false
    var actions: [NewAction] = []
    /// What came with it. With files there may be no text.
    var files: [File.ID] = []

    init(_ text: String, key: String? = nil) {
        self.text = text
        self.key = key
    }

    /// Longer texts are cut with a mark: a sender that cannot write shorter would otherwise say nothing at all.
    func draft() throws -> MessageDraft {
        let text = MarkdownText.clean(text.replacing("\r\n", with: "\n"))
        return try MessageDraft(
            text: Self.fitting(text), label: sender.flatMap(Self.label), key: key, actions: actions,
            files: files)
    }

    /// Within both bounds of a message, its characters and its bytes.
    private static func fitting(_ text: String) -> String {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        var short = MarkdownText.cut(text, to: MessageDraft.maximumCharacters, mark: cutMark)
        let most = MessageDraft.maximumCharacters * 8
        guard short.utf8.count > most else { return short }
        // One character may be as long as its sender likes.
        while short.utf8.count > most - cutMark.utf8.count { short = String(short.prefix(short.count / 2)) }
        return short + cutMark
    }

    private static func label(_ sender: String) -> String? {
        guard sender != "Home Assistant" else { return nil }
        let words = MarkdownText.clean(sender).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let label = MarkdownText.cut(words, to: 50)
        return label.isEmpty || label.utf8.count > 400 ? nil : label
    }

    /// A key that is short and plain, whatever the sender calls it.
    static func key(_ family: String, _ name: String) -> String {
        family + "-" + String(SecretToken.hash(of: name).hexadecimal.prefix(40))
    }

    /// With a title as a first line in bold, unless the text begins with it already.
    static func titled(_ text: String, _ title: String?) -> String {
        guard let title, let bold = title.isEmpty ? nil : MarkdownText.bold(title, atMost: longestTitle),
            !bold.isEmpty
        else { return text }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(2)
        return lines.contains { $0.contains("**\(title)**") || $0.contains(bold) } ? text : "\(bold)\n\(text)"
    }
}
