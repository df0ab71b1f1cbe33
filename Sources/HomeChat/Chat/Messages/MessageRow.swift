import Storage

/// A message as the page shows it; the empty one is what the script fills.
struct MessageRow: View {
    var anchor: String?
    var messageId = ""
    var authorId = ""
    var at = ""
    var nonce: String?
    var label: String?
    var day: String?
    var isFirstNew = false
    var isContinued = false
    var isMine = false
    var mentionsMe = false
    var isPinned = false
    var isSystem = false
    var isErased = false
    var initials = ""
    var color = 0
    var username = ""
    var displayName = ""
    /// That somebody is no person.
    var badge: String?
    var exact = ""
    var clock = ""
    var quote: QuoteRow?
    var html = ""
    var files = FileRows([], basePath: "")
    var hasPreviews = false
    var previews: [PreviewRow] = []
    var isEdited = false
    var editedExact = ""
    var hasReactions = false
    var reactions: [ReactionRow] = []
    var hasActions = false
    var actions: [ActionRow] = []
    var threadText: String?

    /// Every piece is there, for the script to keep or to drop.
    static var blank: MessageRow {
        var row = MessageRow()
        row.label = " "
        row.badge = " "
        row.day = " "
        row.isFirstNew = true
        row.isPinned = true
        row.quote = QuoteRow()
        row.files = .blank
        row.hasPreviews = true
        row.isEdited = true
        row.hasReactions = true
        row.hasActions = true
        row.threadText = " "
        return row
    }

    private init() {}

    init(_ view: MessageView, for reader: User.ID, _ time: LocalTime, basePath: String, anchor prefix: String) {
        let message = view.message
        anchor = "\(prefix)-\(message.id)"
        messageId = message.id.description
        authorId = message.author.description
        at = message.createdAt.iso8601
        nonce = view.nonce
        label = view.label
        isMine = message.author == reader && !view.isErased
        mentionsMe = view.mentions.contains { $0.id == reader } || (view.mentionsEveryone && !isMine)
        isPinned = view.pinnedAt != nil
        isSystem = message.kind == .system
        isErased = view.isErased
        initials = view.author.initials
        color = view.author.colorIndex
        username = view.author.username.pathEscaped
        displayName = view.author.displayName
        badge = view.author.bot?.badge
        exact = time.exact(message.createdAt)
        clock = time.clock(message.createdAt)
        quote = view.replyTo.map(QuoteRow.init)
        html = view.html(basePath: basePath)
        files = FileRows(view.files, basePath: basePath)
        previews =
            !view.linksOut
            ? []
            : view.previews.map {
                PreviewRow($0, of: message.id, isMine: isMine, basePath: basePath)
            }
        hasPreviews = !previews.isEmpty
        isEdited = view.editedAt != nil
        editedExact = view.editedAt.map { "Edited \(time.exact($0))" } ?? ""
        hasReactions = !view.reactions.isEmpty
        reactions = view.reactions.map { ReactionRow($0, reader: reader) }
        hasActions = !view.actions.isEmpty
        actions = view.actions.map { ActionRow($0, time) }
        // Nobody is told when the number below an erased root changes.
        threadText = view.thread.map {
            isErased ? "Replies" : $0.replyCount == 1 ? "1 reply" : "\($0.replyCount) replies"
        }
    }
}

struct QuoteRow: View {
    var quotedId = ""
    var quotedName = ""
    var excerpt = ""

    init() {}

    init(_ quote: MessageView.Quote) {
        quotedId = quote.id.description
        quotedName = quote.isDeleted ? "" : quote.displayName
        excerpt = quote.isDeleted ? "Deleted message" : quote.excerpt
    }
}

/// A button, or what became of it.
struct ActionRow: View {
    var actionId = ""
    var actionLabel = ""
    var style = "default"
    var needsProof = false
    /// Who pressed it and when; nil while nobody has.
    var pressed: String?

    init() {}

    init(_ action: MessageAction, _ time: LocalTime) {
        actionId = action.id
        actionLabel = action.label
        style = action.style.rawValue
        needsProof = action.needsProof
        pressed = action.pressedAt.map { "\(action.pressedBy?.displayName ?? "Somebody"), \(time.exact($0))" }
    }
}

struct ReactionRow: View {
    var emoji = ""
    var count = 0
    var isPressed = "false"
    var who = ""

    init() {}

    init(_ reaction: MessageView.Reaction, reader: User.ID) {
        emoji = reaction.emoji
        count = reaction.people.count
        isPressed = reaction.people.contains { $0.id == reader } ? "true" : "false"
        who = reaction.people.map { $0.id == reader ? "You" : $0.displayName }.joined(separator: ", ")
    }
}

extension [MessageRow] {
    /// Rows of these messages, with days, runs of one author and the line above what is new.
    init(
        _ views: [MessageView], for reader: User.ID, _ time: LocalTime, basePath: String, anchor: String = "message",
        newAfter lastRead: Int64? = nil
    ) {
        let runs = Duration.minutes(5)
        var lineIsDrawn = lastRead == nil
        self = zip(views, [nil] + views.map(Optional.some)).map { view, above in
            var row = MessageRow(view, for: reader, time, basePath: basePath, anchor: anchor)
            let startsDay = above.map { time.date($0.message.createdAt) != time.date(view.message.createdAt) } ?? true
            if startsDay { row.day = time.day(view.message.createdAt) }
            if let above, !startsDay, above.message.author == view.message.author, above.label == view.label,
                view.replyTo == nil
            {
                let isTalk = [above, view].allSatisfy { $0.message.kind != .system && !$0.isErased }
                row.isContinued = isTalk && view.message.createdAt < above.message.createdAt + runs
            }
            if !lineIsDrawn, view.message.id.value > lastRead ?? 0, !row.isMine, !row.isSystem {
                row.isFirstNew = true
                row.isContinued = false
                lineIsDrawn = true
            }
            return row
        }
    }
}

/// A message by itself, in lists of pins and hits.
struct MessageExcerpt: View {
    let messageId: String
    let initials: String
    let color: Int
    let displayName: String
    let place: String?
    let at: String
    let exact: String
    let html: String
    let files: FileRows

    init(_ view: MessageView, _ time: LocalTime, basePath: String, showsPlace: Bool) {
        messageId = view.message.id.description
        initials = view.author.initials
        color = view.author.colorIndex
        displayName = view.author.displayName
        place = showsPlace ? view.channelName : nil
        at = view.message.createdAt.iso8601
        exact = time.exact(view.message.createdAt)
        html = Markdown.html(view.message.content, names: view.names, basePath: basePath)
        files = FileRows(view.files, basePath: basePath)
    }
}
