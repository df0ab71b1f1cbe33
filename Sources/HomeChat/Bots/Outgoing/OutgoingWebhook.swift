import Storage

/// Where a bot is told what happens, and of what.
package struct OutgoingWebhook: Sendable {
    package typealias ID = Identifier<OutgoingWebhook>

    package let id: ID
    package let bot: Bot.ID
    /// nil: Home Assistant's, at the address that the settings give when something is sent.
    package let url: String?
    /// Private networks that an admin named for it, as text.
    package let networks: [String]
    package let events: Set<OutgoingEvent>
    package let isActive: Bool
    package let failures: Int64
    package let nextAttemptAt: Timestamp?
    package let createdAt: Timestamp
    package let waiting: Int64

    var isHomeAssistant: Bool { url == nil }
}

/// What a webhook can be told of. The raw values are the wire's.
package enum OutgoingEvent: String, Sendable, CaseIterable {
    /// Somebody said something where the bot may read.
    case message
    /// Somebody said something to the bot: mentioned it, wrote to it, or in a channel that it is a member of.
    case botMessage = "bot_message"
    case messageUpdated = "message_updated"
    case messageDeleted = "message_deleted"
    case reaction
    case memberJoined = "member_joined"
    case memberLeft = "member_left"
    /// Somebody pressed a button on a message of the bot.
    case action
    /// Somebody used a command that the bot registered.
    case command
    /// A try, sent at once and kept nowhere.
    case ping

    static let choices = Set(allCases).subtracting([.ping])
    /// What Home Assistant makes events of.
    static let homeAssistant: Set<OutgoingEvent> = [.message, .botMessage, .action, .command]

    /// The field `type`: what Home Assistant tells its two events apart by.
    var type: String {
        switch self {
        case .botMessage, .action, .command: "bot_message"
        default: rawValue
        }
    }
}

/// A webhook that nobody has made yet. Holding one means that it is fit.
package struct NewOutgoingWebhook: Sendable {
    static let mostNetworks = 10

    let url: String?
    let networks: [String]
    let events: Set<OutgoingEvent>

    /// - Parameter url: nil: Home Assistant's.
    package init(url: String?, networks: [String] = [], events: [String] = []) throws {
        self.networks = try Self.networks(networks)
        self.url = try url.map(Self.url)
        self.events =
            events.isEmpty ? OutgoingEvent.homeAssistant : try Self.events(events)
    }

    static func networks(_ texts: [String]) throws -> [String] {
        guard texts.count <= mostNetworks else {
            throw ChatError.invalid("networks", "must be at most \(mostNetworks)")
        }
        return try texts.map { text in
            guard let network = Network(text) else {
                throw ChatError.invalid("networks", "must be addresses like 192.168.1.20 or 192.168.1.0/24")
            }
            return network.text
        }
    }

    static func url(_ text: String) throws -> String {
        guard OutboundURL(text, allowsPlain: true) != nil else {
            throw ChatError.invalid("url", "must be an address like https://example.org/hook")
        }
        return text
    }

    static func events(_ words: [String]) throws -> Set<OutgoingEvent> {
        let names = OutgoingEvent.choices.map(\.rawValue).sorted()
        let events = words.compactMap(OutgoingEvent.init(rawValue:)).filter { $0 != .ping }
        guard !events.isEmpty, events.count == words.count else {
            throw ChatError.invalid("events", "must be among \(names.joined(separator: ", "))")
        }
        return Set(events)
    }
}

/// What is to be different about a webhook; nil stays as it is.
package struct OutgoingWebhookChange: Sendable {
    var url: String?
    var networks: [String]?
    var events: Set<OutgoingEvent>?
    var isActive: Bool?

    package init(
        url: String? = nil, networks: [String]? = nil, events: [String]? = nil, isActive: Bool? = nil
    ) throws {
        self.url = try url.map(NewOutgoingWebhook.url)
        self.networks = try networks.map(NewOutgoingWebhook.networks)
        self.events = try events.map(NewOutgoingWebhook.events)
        self.isActive = isActive
    }
}
