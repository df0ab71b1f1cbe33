import Storage

/// Conversations between a few, which nobody else can read: not an admin, not a script, not an export.
package struct DirectMessages: Sendable {
    let database: any Database
    let now: @Sendable () -> Timestamp

    /// Small enough that everybody in it knows who is listening.
    static let maximumPeople = 9

    /// The conversation of the caller with these people; made when there is none.
    package func open(with others: [User.ID], as principal: Principal) async throws -> ChannelSummary {
        try principal.require(.messagesWrite)
        return try await database.write { [now] tx in
            let channel = try Self.open(with: others, as: principal, at: now(), tx)
            return try ChannelSummary.one(channel.id, for: principal, at: now(), tx)
        }
    }

    /// Says what `open` would say of these two, and makes nothing.
    func requirePossible(with other: User.ID, as principal: Principal) async throws {
        try principal.require(.messagesWrite)
        try await database.read { tx in _ = try Self.people([other], as: principal, tx) }
    }

    package func open(withNames names: [String], as principal: Principal) async throws -> ChannelSummary {
        let ids = try await database.read { tx in
            try names.map { name in
                try PersonAccess.require(User.find(named: name, tx), for: principal, tx).id
            }
        }
        return try await open(with: ids, as: principal)
    }

    package func conversations(as principal: Principal) async throws -> [ChannelSummary] {
        try principal.require(.channelsRead)
        return try await database.read { [now] tx in
            try ChannelSummary.all(.direct, for: principal, at: now(), tx).sorted {
                ($0.lastMessage?.id.value ?? 0) > ($1.lastMessage?.id.value ?? 0)
            }
        }
    }

    static func open(
        with others: [User.ID], as principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Channel {
        let people = try people(others, as: principal, tx)
        let (channel, isNew) = try Channel.direct(between: people, at: now, tx)
        guard isNew else { return channel }
        try ReadOnlyMode.requireChanges(tx)  // links open conversations too
        for user in people {
            try Membership.begin(user.id, in: channel.id, at: now, tx)
            tx.announce(.joined(channel.id, user.id))
        }
        return channel
    }

    /// Those who would be in a conversation of the caller with these people.
    private static func people(
        _ others: [User.ID], as principal: Principal, _ tx: borrowing Transaction
    ) throws -> [User] {
        guard principal.credential != .console else {
            throw ChatError.forbidden("the command line has no conversations")
        }
        let ids = Set(others).union([principal.user])
        guard ids.count > 1 else { throw ChatError.malformed("a direct message needs somebody else") }
        guard ids.count <= maximumPeople else {
            throw ChatError.invalid(
                "usernames", "may name at most \(maximumPeople - 1) people; make a channel for more")
        }
        let people = try User.find(Array(ids), tx).filter { $0.deletedAt == nil }
        guard people.count == ids.count else { throw ChatError.notFound("user") }
        try PersonAccess.requireConversation(of: people, for: principal, tx)
        return people
    }
}
