import Cable
import Logging
import NIOCore
import ServiceLifecycle
import Storage

/// Tells the world what changed: takes every notice that waits, reads what they are about in one transaction, encodes each
/// once, and hands the same bytes to everybody, in the order in which it happened.
struct Broadcaster: Service {
    let database: any Database
    let registry: StreamRegistry
    let credentials: Credentials
    let presence: Presence
    let unread: UnreadTeller
    let limits: RateLimits
    let bans: BanList
    let readOnly: ReadOnlyMode
    let keys: KeyKeeper
    let assistants: AIWorker
    let deliveries: DeliveryBell
    let sweeper: FileSweeper
    /// nil: nobody looks at links.
    let previews: LinkPreviewer?
    let basePath: String
    let now: @Sendable () -> Timestamp
    let logger: Logger

    func run() async throws {
        for await notices in database.notices.cancelOnGracefulShutdown() {
            switch notices {
            case .said(let words): await tell(words.compactMap(Event.init(notice:)))
            case .gap:
                // Nobody knows what was missed, so everybody catches up, and nothing remembered counts any more.
                credentials.forgetAll()
                readOnly.forget()
                await keys.catchUp()
                assistants.ring()
                await reloadRules()
                deliveries.ring()
                sweeper.ring()
                registry.apply([.disconnectAll(reason: "remote", reconnect: true)])
            }
        }
    }

    private func tell(_ events: [Event]) async {
        guard !events.isEmpty else { return }
        if events.contains(where: \.endsCredentials) { credentials.forgetAll() }
        let closesDoors = events.contains(.doorsClosed)
        if events.contains(where: \.changesReadOnly) { readOnly.forget() }
        if closesDoors {
            // Whoever is being admitted is looked up again; so all who may not be here have a tag when tags are read below.
            registry.apply([.disconnect(tag: CableTag.nobody, reason: "unauthorized", reconnect: false)])
        }
        for case .spent(let spends) in events { limits.hear(spends) }
        for case .keyOffered(let sealed) in events { keys.hear(sealed) }
        if events.contains(.aiAsked) { assistants.ring() }
        if events.contains(.filesDropped) { sweeper.ring() }
        if events.contains(.keyRotated) { await keys.catchUp() }
        if events.contains(where: \.changesRules) { await reloadRules() }
        if closesDoors || events.contains(.deliveriesWait) { deliveries.ring() }
        let events = events.filter { !$0.isForNodesOnly }
        guard !events.isEmpty else { return }
        do {
            let moment = now()
            let news = try await database.read { [registry] tx in
                let closed = closesDoors ? try OpenDoors.closed(among: registry.tags, at: moment, tx) : []
                return try News(about: events, closed: closed, tx)
            }
            registry.apply(try events.flatMap { try operations(for: $0, news, moment) })
            unread.note(events)
            previews?.hear(events)
            for case .presence(let user) in events { try await presence.reassert(user) }
        } catch {
            // What could not be told is fetched by everybody on their next connection.
            logger.error("news could not be told", metadata: ["error_type": "\(type(of: error))"])
            registry.apply([.disconnectAll(reason: "remote", reconnect: true)])
        }
    }

    /// Before anything else is told: who was shut out must not hear it.
    private func reloadRules() async {
        do {
            try await limits.load(from: database)
            let moment = now()
            try await bans.load(from: database, moment)
            let open = registry.tags.compactMap(CableTag.address)
            registry.apply(bans.operations(openAddresses: open, at: moment))
        } catch {
            logger.error("limits and bans could not be read", metadata: ["error_type": "\(type(of: error))"])
        }
    }

    private func operations(for event: Event, _ news: News, _ moment: Timestamp) throws -> [StreamOperation] {
        switch event {
        case .messagePosted(let id, let channel):
            return try message(id, "message", to: channel, news)
        case .messageChanged(let id, let channel):
            return try message(id, "message_updated", to: channel, news)
        case .messageDeleted(let id, let channel):
            let payload = try JSONBody.buffer(DeletedPayload(messageID: id, channelID: channel))
            return [
                .send(Streams.channel(channel), payload), .send(Streams.channelWithoutLinks(channel), payload),
            ]
        case .typing(let user, let channel, let isTyping):
            guard let user = news.users[user] else { return [] }
            return [
                try send(TypingPayload(user, in: channel, isTyping: isTyping, at: moment), to: Streams.typing(channel))
            ]
        case .presence(let user):
            guard let user = news.users[user] else { return [] }
            let isOnline = user.presence(at: moment) != .offline
            return [
                try send(
                    PresencePayload(isOnline ? "user_online" : "user_offline", user, at: moment), to: Streams.presence)
            ]
        case .profileChanged(let id):
            guard let user = news.users[id] else { return [] }
            return [
                try send(PresencePayload("presence_update", user, at: moment), to: Streams.presence),
                try send(ProfilePayload(user: MemberJSON(user, at: moment)), to: Streams.user(id)),
            ]
        case .joined(let channel, let user):
            return [.open(Streams.channel(channel, for: news.role(of: user)), tag: "user:\(user)")]
        case .left(let channel, let user):
            return try left(channel, user, news)
        case .channelChanged(let channel):
            return try changed(channel, news)
        case .channelDeleted(let channel):
            return ends(channel)
        case .sessionEnded(let session):
            return [.disconnect(tag: "session:\(session)", reason: "unauthorized", reconnect: false)]
        case .tokenRevoked(let token):
            return [.disconnect(tag: "token:\(token)", reason: "unauthorized", reconnect: false)]
        case .tokenChanged(let token):
            return [.disconnect(tag: "token:\(token)", reason: "remote", reconnect: true)]
        case .rightsChanged(let user):
            return [.disconnect(tag: "user:\(user)", reason: "remote", reconnect: true)]
        case .expelled(let user):
            return [.disconnect(tag: "user:\(user)", reason: "unauthorized", reconnect: false)]
        case .doorsClosed:
            return news.closed.map { .disconnect(tag: $0, reason: "unauthorized", reconnect: false) }
        case .readOnly(let isOn):
            let payload = try JSONBody.buffer(ReadOnlyPayload(readOnly: isOn))
            return registry.tags.compactMap { $0.id(after: "user:") }.map { .send(Streams.user($0), payload) }
        case .readMoved, .siteChanged, .bansChanged, .spent, .keyOffered, .keyRotated, .deliveriesWait, .aiAsked,
            .filesDropped:
            return []
        }
    }

    private func message(
        _ id: Message.ID, _ type: String, to channel: Channel.ID, _ news: News
    ) throws -> [StreamOperation] {
        guard let view = news.messages[id] else { return [] }  // deleted meanwhile, which is told next
        let json = MessageJSON(view, basePath: basePath)
        let payload = try JSONBody.buffer(MessagePayload(type, json))
        var limited = view
        limited.linksOut = false
        // Encoded a second time only where it differs.
        let limitedPayload =
            Markdown.hasOutsideLinks(view.message.content)
            ? try JSONBody.buffer(MessagePayload(type, MessageJSON(limited, basePath: basePath))) : payload
        return [
            .send(Streams.channel(channel), payload), .send(Streams.channelWithoutLinks(channel), limitedPayload),
        ]
    }

    private func ends(_ channel: Channel.ID) -> [StreamOperation] {
        [
            .end(Streams.channel(channel)), .end(Streams.channelWithoutLinks(channel)), .end(Streams.typing(channel)),
        ]
    }

    /// A public channel may be read by whoever is not in it; a private one is closed to them at once.
    private func left(_ channel: Channel.ID, _ user: User.ID, _ news: News) throws -> [StreamOperation] {
        let tag = "user:\(user)"
        return [
            .close(Streams.channel(channel), tag: tag), .close(Streams.channelWithoutLinks(channel), tag: tag),
            .close(Streams.typing(channel), tag: tag),
            try send(ChannelRemovedPayload(channelID: channel), to: Streams.user(user)),
        ]
    }

    /// A channel that turned private closes to everybody, and opens again to its members.
    private func changed(_ id: Channel.ID, _ news: News) throws -> [StreamOperation] {
        guard let channel = news.channels[id], channel.kind == .private, let members = news.members[id] else {
            return []
        }
        return ends(id) + members.map { .open(Streams.channel(id, for: $0.role), tag: "user:\($0.id)") }
    }

    private func send(_ payload: some Encodable, to stream: StreamName) throws -> StreamOperation {
        .send(stream, try JSONBody.buffer(payload))
    }
}

extension Event {
    /// Limits and bans are read again.
    fileprivate var changesRules: Bool { self == .siteChanged || self == .bansChanged }

    fileprivate var changesReadOnly: Bool { if case .readOnly = self { true } else { false } }

    fileprivate var isForNodesOnly: Bool {
        switch self {
        case .spent, .bansChanged, .keyOffered, .keyRotated, .deliveriesWait, .aiAsked, .filesDropped: true
        default: false
        }
    }

    fileprivate var endsCredentials: Bool {
        switch self {
        case .sessionEnded, .tokenRevoked, .tokenChanged, .rightsChanged, .expelled, .profileChanged, .doorsClosed: true
        default: false
        }
    }
}

/// What a batch of events is about, read at once.
private struct News: Sendable {
    let messages: [Message.ID: MessageView]
    let users: [User.ID: User]
    let channels: [Channel.ID: Channel]
    let members: [Channel.ID: [User]]
    /// Tags of connections that must not stay.
    let closed: [String]

    func role(of user: User.ID) -> User.Role { users[user]?.role ?? .limited }

    init(about events: [Event], closed: [String], _ tx: borrowing Transaction) throws {
        let messageIDs = events.compactMap(\.message)
        let views = try MessageView.find(Array(Set(messageIDs)), tx)
        messages = Dictionary(views.map { ($0.message.id, $0) }, uniquingKeysWith: { first, _ in first })
        let userIDs = Set(events.compactMap(\.user))
        let people = userIDs.isEmpty ? [] : try User.find(Array(userIDs), tx)
        users = Dictionary(people.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var channels: [Channel.ID: Channel] = [:]
        var members: [Channel.ID: [User]] = [:]
        for case .channelChanged(let id) in events {
            channels[id] = try Channel.find(id, tx)
            members[id] = try Membership.members(of: id, tx)
        }
        self.channels = channels
        self.members = members
        self.closed = closed
    }
}

extension Event {
    fileprivate var message: Message.ID? {
        switch self {
        case .messagePosted(let id, _), .messageChanged(let id, _): id
        default: nil
        }
    }

    fileprivate var user: User.ID? {
        switch self {
        case .typing(let user, _, _), .presence(let user), .profileChanged(let user), .joined(_, let user): user
        default: nil
        }
    }
}
