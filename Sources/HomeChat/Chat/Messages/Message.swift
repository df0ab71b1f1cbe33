import Foundation
import Storage

/// Something that was said in a channel.
package struct Message: Sendable {
    package typealias ID = Identifier<Message>

    package let id: ID
    package let channel: Channel.ID
    package let author: User.ID
    package let content: String
    package let kind: Kind
    package let replyTo: ID?
    package let thread: ID?
    package let createdAt: Timestamp
    package let deletedAt: Timestamp?

    package enum Kind: String, Sendable {
        case chat
        /// Posted with a token.
        case api
        /// By a bot: of its own accord, as the answer to a command, and as what something is like now.
        case bot
        case botResponse = "bot_response"
        case status
        /// A notice of the house itself: who joined, who left.
        case system
    }
}

/// A message that nobody has accepted yet. Holding one means that its text is fit to store.
package struct MessageDraft: Sendable {
    static let maximumCharacters = 10_000
    static let maximumNonceLength = 100

    let text: String
    /// Chosen by the sender, so that trying again cannot post twice.
    let nonce: String?
    let replyTo: Message.ID?
    let thread: Message.ID?
    /// A free word for who speaks, beside the account: "Doorbell".
    let label: String?
    /// The next message of this author with the same key in this channel takes its place.
    let key: String?
    let actions: [NewAction]
    /// What was uploaded for it. With files there may be no text.
    let files: [File.ID]
    /// Names after an `@`, outside code, as they compare.
    var mentions: MentionNames
    /// What its text is found by.
    let searchEntry: SearchEntry

    package init(
        text: String, nonce: String? = nil, replyTo: Message.ID? = nil, thread: Message.ID? = nil, label: String? = nil,
        key: String? = nil, actions: [NewAction] = [], files: [File.ID] = [], field: String = "message"
    ) throws {
        self.text = try Self.text(text, field: field, mayBeBlank: !files.isEmpty)
        self.nonce = try nonce.map { try Self.nonce($0) }
        self.replyTo = replyTo
        self.thread = thread
        self.label = try label.flatMap { try line($0, "sender", atMost: 50) }.flatMap { $0.isEmpty ? nil : $0 }
        self.key = try key.map { try Self.nonce($0, "key") }
        self.actions = actions
        self.files = try Self.distinct(files)
        mentions = MentionNames(in: self.text)
        searchEntry = SearchEntry(self.text)
    }

    /// Begins with a slash and is no command for all that.
    var isLiteral = false

    /// The same message in other words.
    func saying(_ text: String) throws -> MessageDraft {
        try MessageDraft(
            text: text, nonce: nonce, replyTo: replyTo, thread: thread, label: label, key: key, actions: actions,
            files: files)
    }

    /// The same message with a mention in front of it.
    func addressed(to username: String) throws -> MessageDraft {
        try saying("@\(username) \(text)")
    }

    private static func distinct(_ files: [File.ID]) throws -> [File.ID] {
        guard Set(files).count == files.count else { throw ChatError.invalid("file_ids", "names a file twice") }
        return files
    }

    static func text(_ text: String, field: String = "message", mayBeBlank: Bool = false) throws -> String {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard mayBeBlank || !text.isEmpty else { throw ChatError.invalid(field, "must not be blank") }
        guard text.utf8.count <= maximumCharacters * 8, text.count <= maximumCharacters else {
            throw ChatError.invalid(field, "must have at most \(maximumCharacters) characters")
        }
        guard !text.utf8.contains(0) else { throw ChatError.invalid(field, "must not contain NUL") }
        return text
    }

    private static func nonce(_ text: String, _ field: String = "nonce") throws -> String {
        guard (1...maximumNonceLength).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw ChatError.invalid(field, "must be 1 to \(maximumNonceLength) visible ASCII characters")
        }
        return text
    }
}
