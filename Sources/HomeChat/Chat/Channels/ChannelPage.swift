/// A channel with its messages: the page that people look at all day.
struct ChannelPage: PageContent {
    static let template = "channels/channel"

    let title: String
    let channel: ChannelHeader
    let timeline: Timeline
    var composer: Composer?
    var thread: ThreadView?
    let blankMessage = MessageRow.blank
    let blankReaction = ReactionRow()
    let blankAction = ActionRow()
    let blankPicture = PictureRow.blank
    let blankAttachment = AttachmentRow.blank
    let blankPreview = PreviewRow.blank
}

struct ChannelHeader: View {
    let channelId: String
    let kind: String
    let heading: String
    let icon: String
    let person: FaceView?
    let description: String?
    let hasAbout: Bool
    let memberCount: Int64
    let lastReadId: Int64
    let isMember: Bool
    let isDirect: Bool
    let canEdit: Bool
    /// Of a channel of which nothing else can be changed: how long messages stay.
    let canOnlyRetain: Bool
    /// Words; nil: for ever.
    let keptFor: String?
    let canModerate: Bool
    let canLeave: Bool
    let canJoin: Bool
    let closedReason: String
    let isMuted: Bool
    let levelAll: Bool
    let levelMentions: Bool
    let levelNothing: Bool
    let bellIcon: String

    init(_ summary: ChannelSummary, at now: Timestamp) {
        let channel = summary.channel
        channelId = channel.id.description
        kind = channel.kind.rawValue
        heading = summary.title
        icon = summary.icon
        person = summary.onlyPerson.map { FaceView($0, at: now) }
        isDirect = channel.kind == .dm
        let about =
            summary.onlyPerson.map { $0.statusWords(at: now) ?? "" } ?? channel.description
        description = about.allSatisfy(\.isWhitespace) ? nil : about
        hasAbout = description != nil || summary.keptDays != nil
        memberCount = summary.memberCount
        lastReadId = summary.lastReadID
        isMember = summary.isMember
        canEdit = summary.canManage
        canOnlyRetain = summary.canRetain && !summary.canManage
        keptFor = summary.keptDays.map(RetentionChoice.words)
        canModerate = summary.canManage
        canLeave = summary.isMember && !isDirect && !channel.isHome
        canJoin = !summary.isMember && channel.archivedAt == nil
        closedReason = channel.archivedAt == nil ? "" : "This channel is archived. It can be read, not written in."
        isMuted = summary.isMuted
        levelAll = summary.level == .all
        levelMentions = summary.level == .mentions
        levelNothing = summary.level == .nothing
        bellIcon = summary.isMuted || summary.level == .nothing ? "bell-off" : "bell"
    }
}

struct Timeline: View {
    let messages: [MessageRow]
    let hasBefore: Bool
    let hasAfter: Bool
    /// The newest message of the channel, inside threads or not.
    let newest: Int64
    let now: String
    /// The message that a link leads to.
    let target: String?

    /// Where a page without scripts goes on.
    let older: String?
    let newer: String?

    init(_ page: MessagePage, _ rows: [MessageRow], newest: Int64, at now: Timestamp, target: Message.ID?) {
        messages = rows
        hasBefore = page.hasMoreBefore
        hasAfter = page.hasMoreAfter
        self.newest = newest
        self.now = now.iso8601
        self.target = target?.description
        older = page.hasMoreBefore ? rows.first?.messageId : nil
        newer = page.hasMoreAfter ? rows.last?.messageId : nil
    }
}

struct Composer: View {
    let composerChannel: String
    let composerThread: String?
    let composerField: String
    /// Where it leads, in words.
    let composerPlace: String
    let placeholder: String

    init?(_ summary: ChannelSummary, thread: Message.ID? = nil) {
        guard summary.isMember, summary.channel.archivedAt == nil else { return nil }
        composerChannel = summary.channel.id.description
        composerThread = thread?.description
        composerField = thread == nil ? "composer" : "thread-composer"
        let place = summary.channel.kind == .dm ? summary.title : "#\(summary.title)"
        composerPlace = thread == nil ? place : "the thread"
        placeholder = thread == nil ? "Message \(place)" : "Reply in the thread"
    }
}

struct ThreadView: View {
    let rootId: String
    let messages: [MessageRow]
    let composer: Composer?
    let now: String
}
