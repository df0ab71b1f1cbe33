import Storage

/// What somebody may do in a channel.
enum ChannelAction: Sendable {
    /// Know that it is there, with its name and members.
    case see
    case read
    case post
    case join, leave
    /// Bring others in.
    case invite
    /// Rename, archive, delete, remove members, hand over.
    case manage
    /// Say how long messages stay: `manage`, and for `#security` what its admins may.
    case retain

    var scope: Scope {
        switch self {
        case .see: .channelsRead
        case .read: .messagesRead
        case .post: .messagesWrite
        case .join, .leave, .invite, .manage, .retain: .channelsWrite
        }
    }
}

/// The right to do one thing in one channel. Queries that touch a channel's content take one, so it cannot be forgotten.
struct ChannelAccess: Sendable {
    let channel: Channel.ID
    let type: Channel.Kind
    let name: String
    /// Whoever it is, as the files know them that wait for what they post.
    let uploader: Uploader
    let isMember: Bool
    let isOwner: Bool
    let isAdmin: Bool
    let isArchived: Bool
    /// Whoever asks is limited or a guest: takes part, and changes nothing about the channel.
    let isRestricted: Bool
    /// A conversation with somebody who may no longer have it.
    let isClosed: Bool
    /// `#security`: for admins alone, whatever is stored about members.
    let isSecurity: Bool

    var user: User.ID { uploader.user }

    var canManage: Bool { type != .dm && !isSecurity && (isOwner || isAdmin) }

    /// - Throws: `notFound` for what does not exist and, word for word the same, for what may not be seen.
    static func require(
        _ action: ChannelAction, in channel: Channel.ID, for principal: Principal, _ tx: borrowing Transaction
    ) throws -> ChannelAccess {
        if action == .see {
            // Who may change channels may see what came of it.
            try principal.require(anyOf: .channelsRead, .channelsWrite)
        } else {
            try principal.require(action.scope)
        }
        guard principal.channels?.contains(channel) ?? true,
            let found = try Standing.find(principal.user, in: channel, tx)
        else {
            throw ChatError.notFound("channel")
        }
        let access = ChannelAccess(
            channel: channel, type: found.type, name: found.name, uploader: Uploader(principal),
            isMember: found.isMember,
            isOwner: found.owner == principal.user && !principal.keepsToMemberships, isAdmin: principal.isAdmin,
            isArchived: found.isArchived, isRestricted: principal.keepsToMemberships, isClosed: found.isClosed,
            isSecurity: found.isSecurity)
        try access.require(action)
        return access
    }

    private func require(_ action: ChannelAction) throws {
        if isRestricted { return try requireAsRestricted(action) }
        // Admins look after private channels without reading them; nobody but its people comes near a direct message.
        let isCare = action == .manage || action == .retain
        let isVisible = isMember || type == .public || (isCare && isAdmin && type == .private)
        guard isVisible, isAdmin || !isSecurity else { throw ChatError.notFound("channel") }
        if isSecurity, [.leave, .invite, .manage].contains(action) {
            throw ChatError.forbidden("the server keeps this channel for its admins")
        }
        switch action {
        case .see, .read, .leave:
            break
        case .join:
            try requireOpen()
        case .post:
            try requireOpen()
            guard !isClosed else { throw ChatError.forbidden("this conversation is closed") }
        case .invite:
            guard type != .dm else { throw ChatError.forbidden("nobody can be added to a direct message") }
            guard isMember || isAdmin else { throw ChatError.forbidden("join the channel first") }
            try requireOpen()
        case .manage, .retain:
            guard canManage || (action == .retain && isSecurity) else {
                throw ChatError.forbidden("only the channel's owner or an admin can do this")
            }
        }
    }

    /// Where an admin put them, and nowhere else: not even a public channel is there for them.
    private func requireAsRestricted(_ action: ChannelAction) throws {
        guard isMember, !isClosed else { throw ChatError.notFound("channel") }
        switch action {
        case .see, .read: break
        case .post, .join: try requireOpen()
        case .leave, .invite, .manage, .retain:
            throw ChatError.forbidden("an admin chooses the channels of this account")
        }
    }

    private func requireOpen() throws {
        guard !isArchived else { throw ChatError.forbidden("this channel is archived") }
    }
}

/// How one person stands to one channel.
private struct Standing: RowDecodable {
    let type: Channel.Kind
    let name: String
    let owner: User.ID?
    let isArchived: Bool
    let isMember: Bool
    let isClosed: Bool
    let isSecurity: Bool

    init(row: Row) throws {
        type = try Channel.Kind(rawValue: row["type"]) ?? .private
        name = try row["name"]
        owner = try row["owner_id"]
        let archivedAt: Timestamp? = try row["archived_at"]
        isArchived = archivedAt != nil
        let member: User.ID? = try row["member_id"]
        isMember = member != nil
        isClosed = try row["is_closed"]
        let purpose: String? = try row["purpose"]
        isSecurity = purpose == SecurityChannel.purpose
    }

    static func find(_ user: User.ID, in channel: Channel.ID, _ tx: borrowing Transaction) throws -> Standing? {
        try tx.fetchOne(
            """
            SELECT channels.type, channels.name, channels.owner_id, channels.archived_at, channels.purpose,
                memberships.user_id AS member_id, \(ChannelAccess.isClosed) AS is_closed
            FROM channels
            LEFT JOIN memberships ON memberships.channel_id = channels.id AND memberships.user_id = \(user)
            WHERE channels.id = \(channel) AND channels.deleted_at IS NULL
            """)
    }
}

extension ChannelAccess {
    /// The condition, in a query that names `channels`, for the channels whose content somebody may read.
    static func isReadable(by principal: Principal) -> SQL {
        let isMember: SQL = """
            EXISTS (SELECT 1 FROM memberships reader
                WHERE reader.channel_id = channels.id AND reader.user_id = \(principal.user))
            """
        let own: SQL =
            principal.keepsToMemberships
            ? "(\(isMember) AND NOT \(isClosed))" : "(channels.type = 'public' OR \(isMember))"
        guard let channels = principal.channels else { return own }
        return "(\(own) AND channels.id IN (\(list: channels.sorted())))"
    }

    /// The same for bots, in a query that names `channels`, and `bots` with their accounts as `users`.
    static let isReadableByBot: SQL = """
        ((channels.type = 'public' AND users.bot_type = 'webhook'
                OR EXISTS (SELECT 1 FROM memberships reader
                    WHERE reader.channel_id = channels.id AND reader.user_id = bots.user_id))
            AND NOT \(isClosed) AND channels.purpose IS NULL)
        """

    /// The condition for a conversation in which somebody limited is with somebody whom nobody chose for them.
    static let isClosed: SQL = """
        (channels.type = 'dm' AND EXISTS (
            SELECT 1 FROM memberships kept
            JOIN users keeper ON keeper.id = kept.user_id AND keeper.restriction IS NOT NULL
            JOIN memberships other ON other.channel_id = kept.channel_id AND other.user_id <> kept.user_id
            WHERE kept.channel_id = channels.id
                AND NOT EXISTS (SELECT 1 FROM chosen_people
                    WHERE chosen_people.user_id = kept.user_id AND chosen_people.person_id = other.user_id)))
        """

    /// Where somebody takes part and may read.
    static func joined(by principal: Principal, _ tx: borrowing Transaction) throws -> [Channel.ID] {
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT channels.id FROM channels JOIN memberships ON memberships.channel_id = channels.id
            WHERE memberships.user_id = \(principal.user) AND \(isReadable(by: principal))
            ORDER BY channels.id
            """)
        return ids.map(Channel.ID.init)
    }
}
