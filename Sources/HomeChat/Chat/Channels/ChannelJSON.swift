/// A channel on the wire, as one person sees it.
struct ChannelJSON: Encodable, Sendable {
    let summary: ChannelSummary
    let now: Timestamp

    init(_ summary: ChannelSummary, at now: Timestamp) {
        self.summary = summary
        self.now = now
    }

    enum CodingKeys: String, CodingKey {
        case id, name, title, description, type, level, muted, users
        case memberCount = "member_count"
        case onlineMemberCount = "online_member_count"
        case lastMessage = "last_message"
        case unreadCount = "unread_count"
        case mentionCount = "mention_count"
        case lastReadID = "last_read_id"
        case isMember = "is_member"
        case canEdit = "can_edit"
        case ownerID = "owner_id"
        case archivedAt = "archived_at"
        case retentionDays = "retention_days"
        case keptDays = "kept_days"
        case createdAt = "created_at"
    }

    func encode(to encoder: any Encoder) throws {
        let channel = summary.channel
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(channel.id, forKey: .id)
        try container.encode(channel.name, forKey: .name)
        try container.encode(summary.title, forKey: .title)
        try container.encode(channel.description.isEmpty ? nil : channel.description, forKey: .description)
        try container.encode(channel.kind.rawValue, forKey: .type)
        try container.encode(summary.memberCount, forKey: .memberCount)
        try container.encode(summary.onlineCount, forKey: .onlineMemberCount)
        try summary.lastMessage.map(LastMessageJSON.init).encode(as: .lastMessage, in: &container)
        try container.encode(summary.unreadCount, forKey: .unreadCount)
        try container.encode(summary.mentionCount, forKey: .mentionCount)
        try container.encode(summary.lastReadID, forKey: .lastReadID)
        try container.encode(summary.isMember, forKey: .isMember)
        try container.encode(summary.canManage, forKey: .canEdit)
        try channel.owner.encode(as: .ownerID, in: &container)
        try channel.archivedAt.encode(as: .archivedAt, in: &container)
        try channel.retentionDays.encode(as: .retentionDays, in: &container)
        try summary.keptDays.encode(as: .keptDays, in: &container)
        try container.encode(summary.level.rawValue, forKey: .level)
        try container.encode(summary.isMuted, forKey: .muted)
        try container.encode(channel.createdAt, forKey: .createdAt)
        try container.encode(summary.others.map { MemberJSON($0, at: now) }, forKey: .users)
    }

    struct LastMessageJSON: Encodable, Sendable {
        let last: ChannelSummary.LastMessage

        init(_ last: ChannelSummary.LastMessage) {
            self.last = last
        }

        enum CodingKeys: String, CodingKey {
            case id, content, user
            case createdAt = "created_at"
        }

        private struct Author: Encodable {
            let id: User.ID
            let username: String
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(last.id, forKey: .id)
            try container.encode(last.content, forKey: .content)
            try container.encode(last.createdAt, forKey: .createdAt)
            try container.encode(Author(id: last.author, username: last.username), forKey: .user)
        }
    }
}
