import Storage

/// A message with all that is shown with it: who wrote it, what it answers, who reacted, what became of it.
package struct MessageView: Sendable {
    package let message: Message
    package let author: User
    package let channelName: String
    package let nonce: String?
    package let label: String?
    package let key: String?
    package let actions: [MessageAction]
    package let files: [File]
    package let previews: [LinkedPage]
    package let editedAt: Timestamp?
    package let pinnedAt: Timestamp?
    package let mentionsEveryone: Bool
    package let replyTo: Quote?
    package let thread: Thread?
    package let reactions: [Reaction]
    package let mentions: [Mention]
    /// Public channels that the text names.
    package let channels: [String: Channel.ID]
    /// Whether links to elsewhere can be followed; not by a limited account.
    var linksOut = true

    package struct Quote: Sendable {
        package let id: Message.ID
        package let author: User.ID
        package let username: String
        package let displayName: String
        package let content: String
        package let isDeleted: Bool
        package internal(set) var files: [File] = []

        /// The first words, or what there is instead of words.
        var excerpt: String {
            content.isEmpty ? FileWords.summary(files) : Markdown.plainText(content, atMost: 140)
        }
    }

    package struct Thread: Sendable {
        package let replyCount: Int64
        package let lastReplyAt: Timestamp
    }

    package struct Reaction: Sendable {
        package let emoji: String
        package let people: [Person]
    }

    package struct Person: Sendable {
        package let id: User.ID
        package let username: String
        package let displayName: String
    }

    package struct Mention: Sendable {
        package let id: User.ID
        package let username: String
    }

    /// As this person may see it.
    func seen(by principal: Principal) -> MessageView {
        guard principal.role == .limited else { return self }
        var view = self
        view.linksOut = false
        return view
    }

    var isErased: Bool { message.deletedAt != nil }

    func html(basePath: String) -> String {
        isErased
            ? "<p>This message was deleted.</p>"
            : Markdown.html(message.content, names: names, basePath: basePath)
    }

    var names: Markdown.Names {
        Markdown.Names(
            people: Dictionary(mentions.map { (nameKey($0.username), $0.id) }, uniquingKeysWith: { first, _ in first }),
            channels: channels, linksOut: linksOut)
    }
}

/// Which part of a channel's history is wanted.
package enum MessageRange: Sendable {
    case newest
    case before(Message.ID)
    case after(Message.ID)
    case around(Message.ID)
}

/// Some messages in a row, oldest first.
package struct MessagePage: Sendable {
    package let messages: [MessageView]
    package let hasMoreBefore: Bool
    package let hasMoreAfter: Bool

    func seen(by principal: Principal) -> MessagePage {
        MessagePage(
            messages: messages.map { $0.seen(by: principal) }, hasMoreBefore: hasMoreBefore, hasMoreAfter: hasMoreAfter)
    }
}
