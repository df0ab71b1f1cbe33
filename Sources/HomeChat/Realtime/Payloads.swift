/// What travels inside a cable frame. Each carries `action` beside `type`: one client insists on it.
struct MessagePayload: Encodable, Sendable {
    let action: String
    let type: String
    let message: MessageJSON
    let user: UserJSON
    let channelID: Channel.ID

    enum CodingKeys: String, CodingKey {
        case action, type, message, user
        case channelID = "channel_id"
    }

    init(_ type: String, _ message: MessageJSON) {
        action = type
        self.type = type
        self.message = message
        user = message.user
        channelID = message.channelID
    }
}

struct DeletedPayload: Encodable, Sendable {
    let action = "message_deleted"
    let type = "message_deleted"
    let messageID: Message.ID
    let channelID: Channel.ID

    enum CodingKeys: String, CodingKey {
        case action, type
        case messageID = "message_id"
        case channelID = "channel_id"
    }
}

struct TypingPayload: Encodable, Sendable {
    let action: String
    let type: String
    let userID: User.ID
    let username: String
    let displayName: String
    let channelID: Channel.ID
    let typing: Bool
    let timestamp: Timestamp

    enum CodingKeys: String, CodingKey {
        case action, type, username, typing, timestamp
        case userID = "user_id"
        case displayName = "display_name"
        case channelID = "channel_id"
    }

    init(_ user: User, in channel: Channel.ID, isTyping: Bool, at now: Timestamp) {
        type = isTyping ? "typing_start" : "typing_stop"
        action = type
        userID = user.id
        username = user.username
        displayName = user.displayName
        channelID = channel
        typing = isTyping
        timestamp = now
    }
}

struct PresencePayload: Encodable, Sendable {
    let action: String
    let type: String
    let userID: User.ID
    let username: String
    let lastSeenAt: Timestamp?
    let user: MemberJSON

    enum CodingKeys: String, CodingKey {
        case action, type, username, user
        case userID = "user_id"
        case lastSeenAt = "last_seen_at"
    }

    init(_ type: String, _ user: User, at now: Timestamp) {
        action = type
        self.type = type
        userID = user.id
        username = user.username
        lastSeenAt = user.lastSeenAt
        self.user = MemberJSON(user, at: now)
    }
}

struct UnreadPayload: Encodable, Sendable {
    let action = "unread"
    let type = "unread"
    let channelID: Channel.ID
    let unreadCount: Int64
    let mentionCount: Int64
    let lastReadID: Int64

    enum CodingKeys: String, CodingKey {
        case action, type
        case channelID = "channel_id"
        case unreadCount = "unread_count"
        case mentionCount = "mention_count"
        case lastReadID = "last_read_id"
    }

    init(_ counts: UnreadCounts) {
        channelID = counts.channel
        unreadCount = counts.unread
        mentionCount = counts.mentions
        lastReadID = counts.lastReadID
    }
}

struct ChannelPayload: Encodable, Sendable {
    let action = "channel"
    let type = "channel"
    let channel: ChannelJSON
}

struct ChannelRemovedPayload: Encodable, Sendable {
    let action = "channel_removed"
    let type = "channel_removed"
    let channelID: Channel.ID

    enum CodingKeys: String, CodingKey {
        case action, type
        case channelID = "channel_id"
    }
}

/// The person's own profile, to their other devices.
struct ProfilePayload: Encodable, Sendable {
    let action = "settings"
    let type = "settings"
    let user: MemberJSON
}

/// Whether anything can be changed, for the page to say.
struct ReadOnlyPayload: Encodable, Sendable {
    let action = "read_only"
    let type = "read_only"
    let readOnly: Bool

    enum CodingKeys: String, CodingKey {
        case action, type
        case readOnly = "read_only"
    }
}
