/// The body of a delivery (wire contract, 4.1): what Home Assistant reads, and for others a little more.
struct DeliveryPayload: Encodable, Sendable {
    struct Action: Encodable, Sendable {
        let id: String
        let label: String
        let messageID: Message.ID
        let key: String?
        /// Whoever pressed proved once more who they are.
        let confirmed: Bool

        enum CodingKeys: String, CodingKey {
            case id, label, key, confirmed
            case messageID = "message_id"
        }
    }

    struct Place: Sendable {
        let channel: Channel.ID
        /// Automations answer to it by its name.
        let name: String
    }

    /// nil where Home Assistant listens, which knows the `type` alone.
    var event: OutgoingEvent?
    let type: String
    let message: String
    let sender: String
    let place: Place?
    let timestamp: Timestamp
    var messageID: Message.ID?
    let webhookID: String?
    var threadID: Message.ID?
    var emoji: String?
    var command: String?
    var action: Action?

    enum CodingKeys: String, CodingKey {
        case event, type, message, sender, user, timestamp, emoji, command, action
        case roomID = "room_id"
        case channelID = "channel_id"
        case messageID = "message_id"
        case webhookID = "webhook_id"
        case threadID = "thread_id"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(event?.rawValue, forKey: .event)
        try container.encode(type, forKey: .type)
        try container.encode(message, forKey: .message)
        try container.encode(sender, forKey: .sender)
        try container.encode(sender, forKey: .user)
        try container.encodeIfPresent(place?.name, forKey: .roomID)
        try container.encodeIfPresent(place?.channel, forKey: .channelID)
        try container.encode(timestamp, forKey: .timestamp)
        try container.encodeIfPresent(messageID, forKey: .messageID)
        try container.encodeIfPresent(webhookID, forKey: .webhookID)
        try container.encodeIfPresent(threadID, forKey: .threadID)
        try container.encodeIfPresent(emoji, forKey: .emoji)
        try container.encodeIfPresent(command, forKey: .command)
        try container.encodeIfPresent(action, forKey: .action)
    }
}
