import Storage

/// Where a script wants its message to go, in the many ways that existing scripts say it.
package struct Room: Sendable {
    package enum Target: Sendable {
        case channel(Channel.ID)
        /// A name, a label ("general (public)"), or the digits of an id.
        case named(String)
        case person(String)
        /// Nothing was said: the first of the usual rooms.
        case usual
    }

    static let usualNames = ["home", "general", "home-assistant"]

    let target: Target
    /// Somebody to address there, by name or id.
    let addressee: String?

    package init(_ target: Target, addressing addressee: String? = nil) {
        self.target = target
        self.addressee = addressee
    }
}

extension Messages {
    /// Posts to a room by name, and makes the room when nobody has: an automation's first message must not be lost.
    package func post(_ draft: MessageDraft, to room: Room, as principal: Principal) async throws -> MessageView {
        try principal.require(.messagesWrite)
        try limits.spend(.message, for: principal)
        return try await database.write { [now] tx in
            let moment = now()
            let channel = try Self.resolve(room, as: principal, at: moment, tx)
            let access = try ChannelAccess.require(.post, in: channel, for: principal, tx)
            let addressed = try room.addressee.map { try Self.address($0, draft, principal, tx) }
            return try Self.post(addressed ?? draft, in: access, as: principal, at: moment, tx)
        }
    }

    private static func address(
        _ person: String, _ draft: MessageDraft, _ principal: Principal, _ tx: borrowing Transaction
    ) throws -> MessageDraft {
        let user = try PersonAccess.require(find(person: person, tx), for: principal, tx)
        return try draft.addressed(to: user.username)
    }

    /// The channel that a name means for reading: never makes one.
    package func channel(named name: String, as principal: Principal) async throws -> Channel.ID {
        try principal.require(.messagesRead)
        return try await database.read { tx in
            guard let channel = try Self.known(name, tx) else { throw ChatError.notFound("channel") }
            return channel.id
        }
    }

    static func resolve(
        _ room: Room, as principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Channel.ID {
        switch room.target {
        case .channel(let id):
            return id
        case .person(let person):
            let user = try PersonAccess.require(find(person: person, tx), for: principal, tx)
            return try DirectMessages.open(with: [user.id], as: principal, at: now, tx).id
        case .named(let name):
            return try existing(name, for: principal, tx) ?? make(name, as: principal, at: now, tx)
        case .usual:
            for name in Room.usualNames {
                guard let channel = try Channel.find(named: name, tx), channel.kind == .public,
                    channel.archivedAt == nil, principal.channels?.contains(channel.id) ?? true
                else { continue }
                return channel.id
            }
            return try make(Room.usualNames[2], as: principal, at: now, tx)
        }
    }

    /// nil: it is made with its first message, or none was named yet. Throws where the principal may not post.
    static func existing(_ room: Room, for principal: Principal, _ tx: borrowing Transaction) throws -> Channel.ID? {
        switch room.target {
        case .channel(let id): return id
        case .named(let name): return try existing(name, for: principal, tx)
        case .person, .usual: return nil
        }
    }

    private static func existing(
        _ name: String, for principal: Principal, _ tx: borrowing Transaction
    ) throws -> Channel.ID? {
        guard let channel = try known(name, tx) else {
            guard !principal.keepsToMemberships else { throw noPlace }
            return nil
        }
        if !principal.isAdmin, try SecurityChannel.is(channel.id, tx) { throw ChatError.notFound("channel") }
        // The name is taken, so that much cannot be hidden; what is behind it can.
        try requirePostable(channel, principal, tx)
        return channel.id
    }

    private static let noPlace = ChatError.forbidden("this account cannot post in a room of that name")

    /// An id, as Home Assistant sends it, or a name.
    private static func find(person: String, _ tx: borrowing Transaction) throws -> User? {
        if let id = User.ID(person), let user = try User.find(id, tx) { return user }
        return try User.find(named: person, tx)
    }

    private static func make(
        _ name: String, as principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Channel.ID {
        let draft: ChannelDraft
        do {
            draft = try ChannelDraft(name: name)
        } catch ChatError.invalid(_, let problem) {
            throw ChatError.invalid("room", problem)
        }
        return try Channels.create(draft, as: principal, at: now, tx).id
    }

    private static func requirePostable(_ channel: Channel, _ principal: Principal, _ tx: borrowing Transaction) throws
    {
        if let channels = principal.channels, !channels.contains(channel.id) { throw noPlace }
        guard channel.kind != .public || principal.keepsToMemberships,
            try !Membership.exists(principal.user, in: channel.id, tx)
        else { return }
        throw noPlace
    }

    /// The exact name, then without `#`, then without a label's "(public)", then as an id.
    static func known(_ name: String, _ tx: borrowing Transaction) throws -> Channel? {
        var candidates = [name]
        if name.hasPrefix("#") { candidates.append(String(name.dropFirst())) }
        for kind in [Channel.Kind.public, .private, .dm] {
            let label = " (\(kind.rawValue))"
            if let bare = candidates.last, bare.hasSuffix(label) {
                candidates.append(String(bare.dropLast(label.count)))
            }
        }
        for candidate in candidates {
            if let channel = try Channel.find(named: candidate, tx) { return channel }
        }
        guard let id = Channel.ID(name), let channel = try Channel.find(id, tx), channel.kind != .dm else { return nil }
        return channel
    }
}
