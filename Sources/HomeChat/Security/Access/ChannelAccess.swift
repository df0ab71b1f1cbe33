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

    var scope: Scope {
        switch self {
        case .see: .channelsRead
        case .read: .messagesRead
        case .post: .messagesWrite
        case .join, .leave, .invite, .manage: .channelsWrite
        }
    }
}

/// The right to do one thing in one channel. Queries that touch a channel's content take one, so it cannot be forgotten.
struct ChannelAccess: Sendable {
    let channel: Channel.ID
    let type: Channel.Kind
    let name: String
    let user: User.ID
    let isMember: Bool
    let isOwner: Bool
    let isAdmin: Bool
    let isArchived: Bool
    /// `#security`: for admins alone, whatever is stored about members.
    let isSecurity: Bool

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
        guard let found = try Standing.find(principal.user, in: channel, tx) else {
            throw ChatError.notFound("channel")
        }
        let access = ChannelAccess(
            channel: channel, type: found.type, name: found.name, user: principal.user, isMember: found.isMember,
            isOwner: found.owner == principal.user, isAdmin: principal.isAdmin, isArchived: found.isArchived,
            isSecurity: found.isSecurity)
        try access.require(action)
        return access
    }

    private func require(_ action: ChannelAction) throws {
        // Admins look after private channels without reading them; nobody but its people comes near a direct message.
        let isVisible = isMember || type == .public || (action == .manage && isAdmin && type == .private)
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
        case .invite:
            guard type != .dm else { throw ChatError.forbidden("nobody can be added to a direct message") }
            guard isMember || isAdmin else { throw ChatError.forbidden("join the channel first") }
            try requireOpen()
        case .manage:
            guard canManage else { throw ChatError.forbidden("only the channel's owner or an admin can do this") }
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
    let isSecurity: Bool

    init(row: Row) throws {
        type = try Channel.Kind(rawValue: row["type"]) ?? .private
        name = try row["name"]
        owner = try row["owner_id"]
        let archivedAt: Timestamp? = try row["archived_at"]
        isArchived = archivedAt != nil
        let member: User.ID? = try row["member_id"]
        isMember = member != nil
        let purpose: String? = try row["purpose"]
        isSecurity = purpose == SecurityChannel.purpose
    }

    static func find(_ user: User.ID, in channel: Channel.ID, _ tx: borrowing Transaction) throws -> Standing? {
        try tx.fetchOne(
            """
            SELECT channels.type, channels.name, channels.owner_id, channels.archived_at, channels.purpose,
                memberships.user_id AS member_id
            FROM channels
            LEFT JOIN memberships ON memberships.channel_id = channels.id AND memberships.user_id = \(user)
            WHERE channels.id = \(channel)
            """)
    }
}

extension ChannelAccess {
    /// The condition, in a query that names `channels`, for the channels whose content somebody may read.
    static func isReadable(by user: User.ID) -> SQL {
        """
        (channels.type = 'public'
            OR EXISTS (SELECT 1 FROM memberships WHERE memberships.channel_id = channels.id AND memberships.user_id = \(user)))
        """
    }
}
