import Foundation
import Storage

/// What happened in a channel, written down for the webhooks that asked for it: in the transaction in which it happens.
enum OutgoingNews {
    /// A webhook that may hear of a channel.
    struct Listener: Sendable {
        let webhook: OutgoingWebhook.ID
        let bot: Bot.ID
        let user: User.ID
        let webhookID: String?
        let isHomeAssistant: Bool
        let events: Set<OutgoingEvent>
        let place: DeliveryPayload.Place
        /// Is a member here, or was mentioned.
        let isAddressed: Bool
    }

    /// Only what people say themselves: what bots, scripts and webhooks say could come back and be answered for ever.
    static func isHuman(_ principal: Principal) -> Bool {
        guard case .session = principal.credential else { return false }
        return principal.bot == nil
    }

    /// - Parameter isLiteral: no command, though it begins like one.
    static func posted(
        _ message: Message, isLiteral: Bool, by principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        guard isHuman(principal) else { return }
        let listeners = try Listener.all(in: message.channel, about: message.id, at: now, tx)
        guard !listeners.isEmpty else { return }
        let command = isLiteral ? nil : try BotCommand.used(in: message.content, tx)
        for listener in listeners where listener.user != message.author {
            let isCommand = command?.bot == listener.bot
            guard let event = listener.event(isCommand: isCommand) else { continue }
            let text = listener.isHomeAssistant ? MessageAction.typed(message.content) : message.content
            var payload = listener.payload(event, text, by: principal, message, at: message.createdAt)
            if isCommand { payload.command = command?.name }
            try listener.enqueue(payload, event, message.id, at: now, tx)
        }
    }

    static func edited(
        _ message: Message, to text: String, by principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        guard isHuman(principal) else { return }
        for listener in try Listener.all(in: message.channel, about: nil, at: now, tx)
        where listener.events.contains(.messageUpdated) {
            let payload = listener.payload(.messageUpdated, text, by: principal, message, at: now)
            try listener.enqueue(payload, .messageUpdated, message.id, at: now, tx)
        }
    }

    static func deleted(
        _ message: Message, by principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        guard principal.bot == nil else { return }
        for listener in try Listener.all(in: message.channel, about: nil, at: now, tx)
        where listener.events.contains(.messageDeleted) {
            let payload = listener.payload(.messageDeleted, "", by: principal, message, at: now)
            try listener.enqueue(payload, .messageDeleted, message.id, at: now, tx)
        }
    }

    static func reacted(
        _ emoji: Emoji, to message: Message, by principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        guard isHuman(principal) else { return }
        for listener in try Listener.all(in: message.channel, about: nil, at: now, tx)
        where listener.events.contains(.reaction) {
            var payload = listener.payload(.reaction, message.content, by: principal, message, at: now)
            payload.emoji = emoji.text
            try listener.enqueue(payload, .reaction, message.id, at: now, tx)
        }
    }

    /// - Parameter user: a person, or the bot itself.
    static func membership(
        _ event: OutgoingEvent, of user: User.ID, in channel: Channel.ID, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws {
        let listeners = try Listener.all(in: channel, about: nil, at: now, tx).filter { $0.events.contains(event) }
        guard !listeners.isEmpty, let person = try User.find(user, tx) else { return }
        for listener in listeners where person.bot == nil || person.id == listener.user {
            let payload = DeliveryPayload(
                event: event, type: event.type, message: "", sender: person.username, place: listener.place,
                timestamp: now, webhookID: listener.webhookID)
            try listener.enqueue(payload, event, nil, at: now, tx)
        }
    }

    /// A button, once, to the bot whose message it is on.
    static func pressed(
        _ action: MessageAction.Target, _ id: String, on message: Message, by principal: Principal,
        at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        for listener in try Listener.all(in: message.channel, about: nil, at: now, tx)
        where listener.user == message.author && listener.events.contains(.action) {
            var payload = listener.payload(.action, MessageAction.pressed(id), by: principal, message, at: now)
            payload.action = DeliveryPayload.Action(
                id: id, label: action.label, messageID: message.id, key: action.key, confirmed: action.needsProof)
            try listener.enqueue(payload, .action, message.id, at: now, tx)
        }
    }
}

extension OutgoingNews.Listener {
    fileprivate func event(isCommand: Bool) -> OutgoingEvent? {
        if isCommand, events.contains(.command) { return .command }
        if isCommand || isAddressed, events.contains(.botMessage) { return .botMessage }
        return events.contains(.message) ? .message : nil
    }

    fileprivate func payload(
        _ event: OutgoingEvent, _ text: String, by principal: Principal, _ message: Message, at moment: Timestamp
    ) -> DeliveryPayload {
        DeliveryPayload(
            event: isHomeAssistant ? nil : event, type: event.type, message: text, sender: principal.username,
            place: place, timestamp: moment, messageID: message.id, webhookID: webhookID, threadID: message.thread)
    }

    fileprivate func enqueue(
        _ payload: DeliveryPayload, _ event: OutgoingEvent, _ message: Message.ID?, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws {
        let text = String(decoding: try JSONBody.data(payload), as: UTF8.self)
        try Delivery.insert(text, event, message, for: webhook, at: now, tx)
        tx.announce(.deliveriesWait)
    }
}

/// Home Assistant learns of a press by the message alone.
extension MessageAction {
    private static let prefix = "action:"

    fileprivate static func pressed(_ id: String) -> String { prefix + id }

    /// Words that only look like a press become a quotation: a button may ask for more than the right to write.
    fileprivate static func typed(_ text: String) -> String {
        // By scalars, from the first letter on: what nobody sees before or inside it may be taken away at the other end.
        let start = text.unicodeScalars.drop { !($0.isASCII && $0.properties.isAlphabetic) }.prefix(prefix.count)
        return String(start).lowercased() == prefix ? "> " + text : text
    }
}
