import Storage

/// Channels: found, made, changed, closed.
package struct Channels: Sendable {
    let database: any Database
    let limits: RateLimits
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// Every public channel and all that the person is in, by name.
    package func list(as principal: Principal) async throws -> [ChannelSummary] {
        try await summaries(.visible, principal)
    }

    /// Those the person is in, for the sidebar.
    package func joined(as principal: Principal) async throws -> [ChannelSummary] {
        try await summaries(.joined, principal)
    }

    package func find(_ id: Channel.ID, as principal: Principal) async throws -> ChannelSummary {
        try await database.read { [now] tx in
            _ = try ChannelAccess.require(.see, in: id, for: principal, tx)
            return try ChannelSummary.one(id, for: principal, at: now(), tx)
        }
    }

    /// For the admin pages and the command line: all but direct messages, without what was said in them.
    package func all(as principal: Principal) async throws -> [Channel] {
        try principal.requireAdmin()
        return try await database.read { tx in try Channel.all(tx) }
    }

    /// Who makes a channel owns it and is in it; the command line makes it for nobody.
    package func create(_ draft: ChannelDraft, as principal: Principal) async throws -> Channel {
        try principal.require(.channelsWrite)
        return try await database.write { [now] tx in try Self.create(draft, as: principal, at: now(), tx) }
    }

    package func update(_ id: Channel.ID, _ change: ChannelChange, as principal: Principal) async throws {
        let deed = change.action == .retain ? nil : "changed a channel"
        try await manage(id, principal, deed, change.action) { access, tx in
            if let name = change.name, let other = try Channel.find(named: name, tx), other.id != id {
                throw ChatError.invalid("name", "is taken")
            }
            if nameKey(access.name) == Channel.homeKey, change.isPrivate == true {
                throw ChatError.forbidden("#home is everybody's")
            }
            try Channel.update(id, change, tx)
            if let choice = change.retention { try setRetention(choice, of: access, by: principal, tx) }
            tx.announce(.channelChanged(id))
        }
    }

    package func archive(_ id: Channel.ID, as principal: Principal) async throws {
        try await manage(id, principal, "archived a channel") { [now] access, tx in
            try Self.requireNotHome(access)
            try Channel.setArchived(now(), id, tx)
            tx.announce(.channelChanged(id))
        }
    }

    package func unarchive(_ id: Channel.ID, as principal: Principal) async throws {
        try await manage(id, principal, "opened a channel again") { _, tx in
            try Channel.setArchived(nil, id, tx)
            tx.announce(.channelChanged(id))
        }
    }

    /// With all that was said in it.
    package func delete(_ id: Channel.ID, as principal: Principal) async throws {
        try await manage(id, principal, nil) { [audit, now] access, tx in
            try Self.requireNotHome(access)
            let owner = try Channel.find(id, tx)?.owner.flatMap { try User.find($0, tx) }
            try audit.record(
                .channelDeleted, by: principal, target: "channel:\(id)",
                details: ["channel": access.name, "owner": owner?.username ?? ""], tx)
            // Told one by one: once the rows are gone, nobody could say who was in it.
            for user in try Membership.members(of: id, tx) { tx.announce(.left(id, user.id)) }
            try Channel.close(id, at: now(), tx)
            tx.announce(.channelDeleted(id))
            tx.announce(.filesDropped)
        }
    }

    package func transfer(_ id: Channel.ID, to user: User.ID, as principal: Principal) async throws {
        try await manage(id, principal, "gave a channel a new owner") { _, tx in
            guard try Membership.exists(user, in: id, tx) else {
                throw ChatError.invalid("user_id", "must be a member of the channel")
            }
            guard try User.find(user, tx)?.role.isRestricted == false else {
                throw ChatError.invalid("user_id", "must not be a limited account or a guest")
            }
            try Channel.setOwner(user, id, tx)
            tx.announce(.channelChanged(id))
        }
    }

    static func create(
        _ draft: ChannelDraft, as principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Channel {
        try principal.requireOwnChoice()
        let owner = principal.credential == .console ? nil : principal.user
        let channel = try Channel.insert(draft, owner: owner, at: now, tx)
        if let owner {
            try Membership.begin(owner, in: channel.id, at: now, tx)
            tx.announce(.joined(channel.id, owner))
        }
        tx.announce(.channelChanged(channel.id))
        return channel
    }

    private static func requireNotHome(_ access: ChannelAccess) throws {
        guard nameKey(access.name) != Channel.homeKey else {
            throw ChatError.forbidden("#home is everybody's and stays")
        }
    }

    /// - Parameter deed: what is written down where an admin does it to a channel of somebody else.
    private func manage(
        _ id: Channel.ID, _ principal: Principal, _ deed: String?, _ action: ChannelAction = .manage,
        _ change: @escaping @Sendable (ChannelAccess, borrowing Transaction) throws -> Void
    ) async throws {
        try await database.write { [audit] tx in
            let access = try ChannelAccess.require(action, in: id, for: principal, tx)
            try change(access, tx)
            try audit.record(deed, to: access, by: principal, tx)
        }
    }

    private func summaries(
        _ selection: ChannelSummary.Selection, _ principal: Principal
    ) async throws -> [ChannelSummary] {
        try principal.require(.channelsRead)
        return try await database.read { [now] tx in try ChannelSummary.all(selection, for: principal, at: now(), tx) }
    }
}
