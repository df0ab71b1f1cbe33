/// A bot on the wire (wire contract, 1 and 2.8).
struct BotJSON: Encodable, Sendable {
    let bot: Bot
    /// Where its requests come in.
    let webhookURL: String?
    var secret: String?
    var token: String?
    var ai: AIConfigurationJSON?

    enum CodingKeys: String, CodingKey {
        case id, name, username, description, active, credential, format, token, ai
        case userID = "user_id"
        case botType = "bot_type"
        case channelID = "channel_id"
        case webhookID = "webhook_id"
        case webhookURL = "webhook_url"
        case webhookSecret = "webhook_secret"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(bot.id, forKey: .id)
        try container.encode(bot.name, forKey: .name)
        try container.encode(bot.username, forKey: .username)
        try container.encode(bot.user, forKey: .userID)
        try container.encode(bot.description, forKey: .description)
        try container.encode(bot.isActive, forKey: .active)
        try container.encode(bot.kind, forKey: .botType)
        try bot.channel.encode(as: .channelID, in: &container)
        try bot.webhookID.encode(as: .webhookID, in: &container)
        try webhookURL.encode(as: .webhookURL, in: &container)
        try container.encode(bot.credential.rawValue, forKey: .credential)
        try container.encode(bot.format.rawValue, forKey: .format)
        try container.encode(bot.createdAt, forKey: .createdAt)
        try container.encode(bot.updatedAt, forKey: .updatedAt)
        try container.encodeIfPresent(ai, forKey: .ai)
        // Only where they are new, or asked for by whoever lost them: never in a list.
        try container.encodeIfPresent(secret, forKey: .webhookSecret)
        try container.encodeIfPresent(token, forKey: .token)
    }
}

extension BotJSON: Undescribed {}
