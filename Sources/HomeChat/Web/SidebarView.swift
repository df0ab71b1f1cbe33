/// The channels and conversations of the reader, with what is new in them.
struct SidebarView: View {
    let channels: [SidebarRow]
    let directMessages: [SidebarRow]
    /// An empty row for the script to fill when a channel comes.
    let blank = SidebarRow()

    init(_ summaries: [ChannelSummary], current: Channel.ID?, at now: Timestamp) {
        let open = summaries.filter { $0.channel.archivedAt == nil || $0.channel.id == current }
        channels = open.filter { $0.channel.kind != .dm }.map { SidebarRow($0, current: current, at: now) }
        directMessages = open.filter { $0.channel.kind == .dm }
            .sorted { ($0.lastMessage?.id.value ?? 0) > ($1.lastMessage?.id.value ?? 0) }
            .map { SidebarRow($0, current: current, at: now) }
    }
}

struct SidebarRow: View {
    var channelId = ""
    var kind = "public"
    var icon = "hash"
    var rowTitle = ""
    var person: FaceView?
    var unreadCount: Int64 = 0
    var mentionCount: Int64 = 0
    var countText: String?
    var isUnread = false
    var isLoud = false
    var isMuted = false
    var isCurrent = false

    init() {}

    init(_ summary: ChannelSummary, current: Channel.ID?, at now: Timestamp) {
        let isDirect = summary.channel.kind == .dm
        channelId = summary.channel.id.description
        kind = summary.channel.kind.rawValue
        icon = summary.icon
        rowTitle = summary.title
        person = summary.onlyPerson.map { FaceView($0, at: now) }
        unreadCount = summary.unreadCount
        mentionCount = summary.mentionCount
        isMuted = summary.isMuted
        isCurrent = summary.channel.id == current
        // The same three lines as `badge` in unread.js, for the first view.
        let shown = isMuted ? mentionCount : max(unreadCount, mentionCount)
        isUnread = shown > 0
        isLoud = (isDirect ? unreadCount : mentionCount) > 0
        countText = shown == 0 ? nil : shown > 99 ? "99+" : String(shown)
    }
}

/// Somebody's small picture with their presence.
struct FaceView: View {
    let id: Int64
    let initials: String
    let color: Int
    let presence: String

    init(_ user: User, at now: Timestamp) {
        id = user.id.value
        initials = user.initials
        color = user.colorIndex
        presence = user.presence(at: now).rawValue
    }
}

extension User {
    /// nil where there is nothing to tell: "Available" is what everybody starts with.
    func statusWords(at now: Timestamp) -> String? {
        let shown = shownStatus(at: now)
        guard !shown.emoji.isEmpty || !(shown.text.isEmpty || shown.text == "Available") else { return nil }
        return [shown.emoji, shown.text].filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension ChannelSummary {
    /// The symbol's name in `icons.svg`.
    var icon: String {
        switch channel.kind {
        case .public: "hash"
        case .private: "lock"
        case .dm: "people"
        }
    }

    /// The other side of a conversation between two.
    var onlyPerson: User? { channel.kind == .dm && others.count == 1 ? others[0] : nil }
}
