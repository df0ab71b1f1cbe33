import Foundation
import Storage

/// What people type into the box: mostly messages, sometimes something to do. Scripts say what they mean and are not read so.
package struct Commands: Sendable {
    let database: any Database
    let messages: Messages
    let channels: Channels
    let reading: Reading
    let users: Users
    let now: @Sendable () -> Timestamp

    static let quietPeriod = Duration.hours(1)
    static let longestQuiet = Duration.days(7)
    private static let shrug = #"¯\\\_(ツ)\_/¯"#

    /// What became of it.
    package enum Said: Sendable {
        case message(MessageView)
        /// Done, and told to nobody but whoever typed it.
        case notice(String)
    }

    /// - Parameter draft: as it was typed.
    package func say(_ draft: MessageDraft, in channel: Channel.ID, as principal: Principal) async throws -> Said {
        guard case .session = principal.credential, principal.bot == nil else {
            return .message(try await messages.post(draft, in: channel, as: principal))
        }
        switch SlashCommand(draft.text) {
        case .none:
            return .message(try await messages.post(draft, in: channel, as: principal))
        case .literal(let text):
            var literal = try draft.saying(text)
            literal.isLiteral = true
            return .message(try await messages.post(literal, in: channel, as: principal))
        case .typed(let name, let words):
            if let command = BuiltInCommand(rawValue: name) {
                return try await run(command, words, draft, channel, principal)
            }
            guard try await available(in: channel, as: principal).contains(where: { $0.name == name }) else {
                throw ChatError.invalid(
                    "message", "begins with /\(name), which is no command here; /help lists them, // says a slash")
            }
            // A bot's: everybody sees what it was asked, and it hears of the message.
            return .message(try await messages.post(draft, in: channel, as: principal))
        }
    }

    /// By name, the server's own before those of bots.
    package func available(in channel: Channel.ID, as principal: Principal) async throws -> [CommandInfo] {
        try await database.read { [now] tx in
            let access = try ChannelAccess.require(.see, in: channel, for: principal, tx)
            return BuiltInCommand.allCases.map(\.info)
                + (try BotCommand.available(in: access, at: now(), tx)).map(\.info)
        }
    }

    private func run(
        _ command: BuiltInCommand, _ words: String, _ draft: MessageDraft, _ channel: Channel.ID, _ principal: Principal
    ) async throws -> Said {
        guard draft.files.isEmpty || command.isMessage else {
            throw ChatError.invalid("message", "is the command /\(command.rawValue), which takes no files")
        }
        switch command {
        case .me:
            guard !words.isEmpty else { throw usage(of: command) }
            return .message(try await messages.post(try draft.saying("_\(words)_"), in: channel, as: principal))
        case .shrug:
            let text = words.isEmpty ? Self.shrug : "\(words) \(Self.shrug)"
            return .message(try await messages.post(try draft.saying(text), in: channel, as: principal))
        case .status:
            return .notice(try await setStatus(words, principal))
        case .dnd:
            return .notice(try await setQuiet(words, principal))
        case .mute, .unmute:
            try await reading.setNotifications(level: nil, isMuted: command == .mute, in: channel, as: principal)
            return .notice(
                command == .mute ? "This channel is muted. /unmute undoes it." : "This channel is heard again.")
        case .invite:
            let name = words.hasPrefix("@") ? String(words.dropFirst()) : words
            guard !name.isEmpty else { throw usage(of: command) }
            try await channels.invite(name, to: channel, as: principal)
            return .notice("@\(name) is in this channel.")
        case .topic:
            try await channels.update(channel, try ChannelChange(description: words), as: principal)
            return .notice(words.isEmpty ? "This channel has no topic any more." : "The topic is changed.")
        case .help:
            let found = try await available(in: channel, as: principal)
            let lines = found.map { "\($0.line): \($0.description)" }
            return .notice(lines.joined(separator: "\n"))
        }
    }

    /// An emoji in front is the status's own.
    private func setStatus(_ words: String, _ principal: Principal) async throws -> String {
        let parts = words.split(separator: " ", maxSplits: 1)
        var (emoji, text) = ("", words)
        if let first = parts.first, (try? Emoji(String(first))) != nil {
            emoji = String(first)
            text = parts.count > 1 ? String(parts[1]) : ""
        }
        try await users.updateProfile(try ProfileChange(status: text, statusEmoji: emoji), as: principal)
        return words.isEmpty ? "Your status is cleared." : "Your status is \(words)."
    }

    private func setQuiet(_ words: String, _ principal: Principal) async throws -> String {
        if words.lowercased() == "off" {
            try await users.setQuiet(until: nil, as: principal)
            return "You can be disturbed again."
        }
        let span = words.isEmpty ? Self.quietPeriod : Duration(span: words)
        guard let span, span > .zero, span <= Self.longestQuiet else {
            throw ChatError.invalid("message", "needs a time like 30m, 2h or 1d, of seven days at most, or off")
        }
        try await users.setQuiet(until: now() + span, as: principal)
        return "Do not disturb, for \(words.isEmpty ? "1h" : words). /dnd off ends it."
    }

    private func usage(of command: BuiltInCommand) -> ChatError {
        .invalid("message", "is to be like /\(command.rawValue) \(command.info.usage)")
    }
}
