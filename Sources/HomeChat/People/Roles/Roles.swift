import Storage

/// What somebody is in the household, and where those may be for whom an admin chooses.
package struct Roles: Sendable {
    let database: any Database
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// What an admin chose for somebody.
    package struct Choices: Sendable {
        package let channels: [Channel]
        package let people: [User]
    }

    package func choices(for id: User.ID, as principal: Principal) async throws -> Choices {
        try principal.requireAdmin()
        return try await database.read { tx in
            Choices(channels: try Channel.joined(by: id, tx), people: try User.chosen(for: id, tx))
        }
    }

    /// Takes effect at once: every open connection of the person begins again under the new role.
    package func set(_ choice: RoleChoice, of id: User.ID, as principal: Principal) async throws {
        try await change(id, principal) { [now] user, tx in
            if user.role == .admin && choice.role != .admin { try Self.requireAnotherAdmin(than: user, tx) }
            try User.setRole(choice.role, until: choice.visit.map { now() + $0 }, of: id, tx)
            if choice.role.isRestricted {
                try Bot.closeDoors(of: id, tx)
                // Who was a member keeps nothing that nobody chose.
                let kept = user.role.isRestricted ? choice.channels : choice.channels ?? []
                if let kept { try Self.place(id, in: kept, at: now(), tx) }
                let people = user.role.isRestricted ? choice.people : choice.people ?? []
                if let people { try User.choose(try Self.find(people, tx), for: id, tx) }
            } else {
                try User.choose([], for: id, tx)
                try Self.begin(id, in: try Channel.find(named: Channel.homeName, tx), at: now(), tx)
            }
            try audit.record(
                .roleChanged, by: principal, target: "user:\(id)",
                details: ["username": user.username, "from": user.role.householdWord, "to": choice.role.householdWord],
                tx)
        }
    }

    /// Adds to what was chosen for somebody limited, or for a guest.
    package func allow(
        channels: [ChannelChoice] = [], people: [String] = [], for id: User.ID, as principal: Principal
    ) async throws {
        try await change(id, principal) { [now] user, tx in
            guard user.role.isRestricted else {
                throw ChatError.invalid("role", "is \(user.role.householdWord): there is nothing to choose")
            }
            for channel in try channels.map({ try $0.resolve(tx) }) { try Self.begin(id, in: channel, at: now(), tx) }
            let count = try Channel.joined(by: id, tx).count
            guard user.role != .guest || RoleChoice.guestChannels.contains(count) else {
                throw ChatError.invalid("channels", "must be one or two for a guest")
            }
            try User.addChosen(try Self.find(people, tx), for: id, tx)
            try audit.record(
                .adminAction, by: principal, target: "user:\(id)", details: ["what": "chose channels and people"], tx)
        }
    }

    /// Ends what guests have whose time is over. Look-ups refuse them already; this closes what is open.
    func endVisits() async throws {
        let moment = now()
        guard try await database.read({ tx in try !User.overstayed(at: moment, tx).isEmpty }) else { return }
        try await database.write { tx in
            for guest in try User.overstayed(at: moment, tx) {
                _ = try Session.endAll(of: guest.id, tx)
                try File.withdrawAll(by: guest.id, tx)
                for token in try APIToken.all(of: guest.id, tx) {
                    try APIToken.revoke(token.id, at: moment, tx)
                    try audit.record(
                        .tokenRevoked, by: .console, target: "token:\(token.id)", details: ["reason": "visit ended"], tx
                    )
                }
                tx.announce(.expelled(guest.id))
            }
        }
    }

    private func change(
        _ id: User.ID, _ principal: Principal, _ body: @escaping @Sendable (User, borrowing Transaction) throws -> Void
    ) async throws {
        try principal.requireAdmin()
        try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            guard let user = try User.find(id, tx) else { throw ChatError.notFound("user") }
            try body(user, tx)
            tx.announce(.rightsChanged(id))
            tx.announce(.profileChanged(id))
        }
    }

    private static func requireAnotherAdmin(than user: User, _ tx: borrowing Transaction) throws {
        guard try User.activeAdmins(tx) > 1 || user.lockedUntil != nil else {
            throw ChatError.forbidden("the last admin must stay")
        }
    }

    private static func find(_ names: [String], _ tx: borrowing Transaction) throws -> [User.ID] {
        try names.map { name in
            guard let user = try User.find(named: name.trimmingPrefix("@").description, tx) else {
                throw ChatError.invalid("people", "names somebody who is not here")
            }
            return user.id
        }
    }

    private static func begin(
        _ user: User.ID, in channel: Channel?, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        guard let channel, try Membership.begin(user, in: channel.id, at: now, tx) else { return }
        tx.announce(.joined(channel.id, user))
        try OutgoingNews.membership(.memberJoined, of: user, in: channel.id, at: now, tx)
    }

    /// In exactly these channels; conversations stay and are closed where nobody chose their people.
    private static func place(
        _ user: User.ID, in choices: [ChannelChoice], at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        let wanted = try choices.map { try $0.resolve(tx) }
        for channel in try Channel.joined(by: user, tx) where !wanted.contains(where: { $0.id == channel.id }) {
            _ = try Membership.end(user, in: channel.id, tx)
            tx.announce(.left(channel.id, user))
            try OutgoingNews.membership(.memberLeft, of: user, in: channel.id, at: now, tx)
        }
        for channel in wanted { try begin(user, in: channel, at: now, tx) }
    }
}
