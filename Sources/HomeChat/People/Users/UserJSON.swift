/// Somebody as others see them in a message: UserFull of the wire contract.
struct UserJSON: Encodable, Sendable {
    let id: User.ID
    let username: String
    let displayName: String
    let avatarInitials: String
    let avatarColorIndex: Int
    let role: String
    let householdRole: String
    /// nil: a person.
    let botType: Bot.Kind?
    let createdAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, username, role
        case displayName = "display_name"
        case householdRole = "household_role"
        case avatarURL = "avatar_url"
        case avatarInitials = "avatar_initials"
        case avatarColorIndex = "avatar_color_index"
        case botType = "bot_type"
        case createdAt = "created_at"
    }

    init(_ user: User) {
        id = user.id
        username = user.username
        displayName = user.displayName
        avatarInitials = user.initials
        avatarColorIndex = user.colorIndex
        role = user.role.word
        householdRole = user.role.householdWord
        botType = user.bot
        createdAt = user.createdAt
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(username, forKey: .username)
        try container.encode(displayName, forKey: .displayName)
        try container.encodeNil(forKey: .avatarURL)
        try container.encode(avatarInitials, forKey: .avatarInitials)
        try container.encode(avatarColorIndex, forKey: .avatarColorIndex)
        try container.encode(role, forKey: .role)
        try container.encode(householdRole, forKey: .householdRole)
        try botType.encode(as: .botType, in: &container)
        try container.encode(createdAt, forKey: .createdAt)
    }
}

/// Somebody in a list of people: Member of the wire contract, with the role and age that a single look-up adds.
struct MemberJSON: Encodable, Sendable {
    let user: UserJSON
    let isOnline: Bool
    let presence: User.Presence
    let status: String
    let statusEmoji: String
    let quietUntil: Timestamp?
    let lastSeenAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case isOnline = "is_online"
        case presence, status
        case statusEmoji = "status_emoji"
        case quietUntil = "do_not_disturb_until"
        case lastSeenAt = "last_seen_at"
    }

    init(_ user: User, at now: Timestamp) {
        self.user = UserJSON(user)
        presence = user.presence(at: now)
        isOnline = presence != .offline
        (statusEmoji, status) = user.shownStatus(at: now)
        quietUntil = user.isQuiet(at: now) ? user.quietUntil : nil
        lastSeenAt = user.lastSeenAt
    }

    func encode(to encoder: any Encoder) throws {
        try user.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isOnline, forKey: .isOnline)
        try container.encode(presence, forKey: .presence)
        try container.encode(status, forKey: .status)
        try container.encode(statusEmoji, forKey: .statusEmoji)
        try quietUntil.encode(as: .quietUntil, in: &container)
        try lastSeenAt.encode(as: .lastSeenAt, in: &container)
    }
}
