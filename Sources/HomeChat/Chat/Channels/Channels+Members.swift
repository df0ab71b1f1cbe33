import Storage

extension Channels {
    package func members(of id: Channel.ID, as principal: Principal) async throws -> [User] {
        try await database.read { tx in
            _ = try ChannelAccess.require(.see, in: id, for: principal, tx)
            return try Membership.members(of: id, tx)
        }
    }

    /// Joining again is fine and changes nothing.
    package func join(_ id: Channel.ID, as principal: Principal) async throws {
        try await database.write { [now] tx in
            let access = try ChannelAccess.require(.join, in: id, for: principal, tx)
            try Self.join(access, as: principal, at: now(), tx)
        }
    }

    /// Leaving what one is not in is fine, too. Who leaves a direct message finds it again when somebody writes there.
    package func leave(_ id: Channel.ID, as principal: Principal) async throws {
        try await database.write { [now] tx in
            let access = try ChannelAccess.require(.leave, in: id, for: principal, tx)
            guard nameKey(access.name) != Channel.homeKey || access.type != .public else {
                throw ChatError.forbidden("#home is everybody's and cannot be left")
            }
            guard access.type != .dm else { throw ChatError.forbidden("a direct message cannot be left") }
            try Self.end(principal.user, in: access, saying: "left", at: now(), tx)
        }
    }

    package func invite(_ username: String, to id: Channel.ID, as principal: Principal) async throws {
        try limits.spend(.invite, for: principal)
        try await database.write { [now] tx in
            let access = try ChannelAccess.require(.invite, in: id, for: principal, tx)
            guard let user = try User.find(named: username, tx) else {
                throw ChatError.invalid("username", "is not known here")
            }
            try Self.requireChoice(of: user, by: principal, tx)
            guard try Membership.begin(user.id, in: id, at: now(), tx) else { return }
            tx.announce(.joined(id, user.id))
            try OutgoingNews.membership(.memberJoined, of: user.id, in: id, at: now(), tx)
            try Message.note("added @\(user.username)", by: access, at: now(), tx)
        }
    }

    package func remove(_ user: User.ID, from id: Channel.ID, as principal: Principal) async throws {
        try await database.write { [audit, now] tx in
            let access = try ChannelAccess.require(.manage, in: id, for: principal, tx)
            guard nameKey(access.name) != Channel.homeKey else { throw ChatError.forbidden("#home is everybody's") }
            guard let person = try User.find(user, tx), try Membership.exists(user, in: id, tx) else {
                throw ChatError.notFound("member")
            }
            if access.isMember { try Message.note("removed @\(person.username)", by: access, at: now(), tx) }
            _ = try Membership.end(user, in: id, tx)
            tx.announce(.left(id, user))
            try OutgoingNews.membership(.memberLeft, of: user, in: id, at: now(), tx)
            try audit.record("removed @\(person.username) from a channel", to: access, by: principal, tx)
        }
    }

    /// For whom an admin chooses, nobody else does.
    private static func requireChoice(
        of user: User, by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        guard user.role.isRestricted else { return }
        guard principal.isAdmin else { throw ChatError.forbidden("an admin chooses the channels of \(user.username)") }
        guard try user.role != .guest || Channel.joined(by: user.id, tx).count < RoleChoice.guestChannels.upperBound
        else { throw ChatError.forbidden("a guest is in two channels at most") }
    }

    static func join(
        _ access: ChannelAccess, as principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        guard principal.credential != .console else { throw ChatError.forbidden("the command line joins no channel") }
        guard try Membership.begin(principal.user, in: access.channel, at: now, tx) else { return }
        tx.announce(.joined(access.channel, principal.user))
        try OutgoingNews.membership(.memberJoined, of: principal.user, in: access.channel, at: now, tx)
        try Message.note("joined", by: access, at: now, tx)
    }

    private static func end(
        _ user: User.ID, in access: ChannelAccess, saying words: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        guard try Membership.end(user, in: access.channel, tx) else { return }
        tx.announce(.left(access.channel, user))
        try OutgoingNews.membership(.memberLeft, of: user, in: access.channel, at: now, tx)
        try Message.note(words, by: access, at: now, tx)
    }
}
