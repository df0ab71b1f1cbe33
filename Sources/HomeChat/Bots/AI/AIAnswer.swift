import Storage

/// The message that an answer is: made with its first words, growing, and then as it stays. None of that is an edit.
enum AIAnswer {
    /// - Returns: the new message, in the thread of the question, or below it with its quote.
    static func post(
        _ text: String, to question: Message, by bot: Bot, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Message.ID {
        let access = try ChannelAccess.require(.post, in: question.channel, for: bot.principal, tx)
        let quotes = question.thread == nil && access.type != .dm
        var draft = try MessageDraft(text: text, replyTo: quotes ? question.id : nil, thread: question.thread)
        // Whatever it says, nobody is called by it.
        draft.mentions = MentionNames(in: "")
        try Bot.noteActivity(of: bot.id, at: now, tx)
        return try Messages.post(draft, in: access, as: bot.principal, at: now, tx).message.id
    }

    /// - Throws: `notFound` where somebody deleted it, or the bot may not post there any more.
    static func grow(
        _ id: Message.ID, to text: String, by bot: Bot, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        let (message, access) = try Messages.find(id, .post, bot.principal, tx)
        guard message.content != text else { return }
        try Message.grow(id, to: text, at: now, tx)
        tx.announce(.messageChanged(id, in: access.channel))
    }

    /// The same with buttons, or without those that nobody pressed.
    static func end(
        _ id: Message.ID, with text: String, actions: [NewAction] = [], by bot: Bot, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws {
        let (_, access) = try Messages.find(id, .post, bot.principal, tx)
        try Message.grow(id, to: text, at: now, tx)
        try MessageAction.set(actions, on: id, tx)
        tx.announce(.messageChanged(id, in: access.channel))
    }
}
