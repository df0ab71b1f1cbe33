import Storage

/// API tokens: made, listed, replaced, revoked.
package struct Tokens: Sendable {
    let database: any Database
    let audit: AuditLog
    /// How long a replaced secret goes on working, unless somebody says otherwise.
    package let overlap: Duration
    let now: @Sendable () -> Timestamp

    /// More would be no rotation.
    static let longestOverlap = Duration.days(30)

    /// Makes a token for its owner; an admin may make one for anybody.
    /// - Returns: the token, and its secret, which nobody can see again.
    package func create(
        _ new: NewToken, for user: User.ID, as principal: Principal
    ) async throws -> (token: APIToken, secret: String) {
        try requireControl(of: user, principal)
        guard !principal.isRestricted else { throw ChatError.forbidden("an admin makes the tokens of this account") }
        var random = SystemRandomNumberGenerator()
        let (secret, prefix) = SecretToken.api(using: &random)
        let token = try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            guard let owner = try User.find(user, tx) else { throw ChatError.notFound("user") }
            guard owner.role == .admin || !new.scopes.contains(.admin) else {
                throw ChatError.invalid("scopes", "must not name admin for an account that is none")
            }
            guard try !APIToken.isTaken(new.name, by: user, tx) else { throw ChatError.invalid("name", "is taken") }
            let channels = try new.channels.isEmpty ? nil : Self.channels(new.channels, of: owner, tx)
            let id = try APIToken.insert(
                new, in: channels, for: user, hash: secret.hash, prefix: prefix, at: now(), tx)
            try audit.record(
                .tokenCreated, by: principal, target: "token:\(id)",
                details: [
                    "name": new.name, "owner": owner.username,
                    "scopes": new.scopes.map(\.rawValue).sorted().joined(separator: " "),
                ], tx)
            return try Self.find(id, tx)
        }
        return (token, secret.text)
    }

    /// One's own tokens; for an admin without a user, everybody's.
    /// - Parameter unusedFor: only those that nobody used for so long.
    package func list(
        of user: User.ID?, unusedFor period: Duration? = nil, as principal: Principal
    ) async throws -> [APIToken] {
        if let user { try requireControl(of: user, principal) } else { try principal.requireAdmin() }
        let all = try await database.read { tx in try APIToken.all(of: user, tx) }
        guard let period else { return all }
        let moment = now()
        return all.filter { $0.isUnused(for: period, at: moment) }
    }

    /// From where tokens were used, the latest first: one's own, or for an admin without a user everybody's.
    package func networks(of user: User.ID?, as principal: Principal) async throws -> [APIToken.ID: [TokenNetwork]] {
        if let user { try requireControl(of: user, principal) } else { try principal.requireAdmin() }
        let found = try await database.read { tx in try TokenNetwork.all(of: user, tx) }
        return Dictionary(grouping: found, by: \.token)
    }

    /// A new secret for the same token. The old one works for `overlap` more, so that nothing stands still meanwhile.
    package func rotate(
        _ id: APIToken.ID, overlap: Duration? = nil, as principal: Principal
    ) async throws -> (token: APIToken, secret: String) {
        let overlap = overlap ?? self.overlap
        guard overlap >= .zero, overlap <= Self.longestOverlap else {
            throw ChatError.invalid("overlap", "must be at most 30 days")
        }
        guard !principal.isRestricted else { throw ChatError.forbidden("an admin makes the tokens of this account") }
        var random = SystemRandomNumberGenerator()
        let (secret, prefix) = SecretToken.api(using: &random)
        let token = try await database.write { [now] tx in
            let moment = now()
            try Proof.require(principal, at: moment, tx)
            let before = try controlled(id, principal, tx)
            try APIToken.rotate(id, hash: secret.hash, prefix: prefix, overlap: moment + overlap, at: moment, tx)
            try audit.record(
                .tokenRotated, by: principal, target: "token:\(id)",
                details: [
                    "name": before.name, "owner": before.username,
                    "overlap_seconds": String(overlap.components.seconds),
                ], tx)
            // A secret that ends with this ends at once, also where it is connected.
            if overlap == .zero || before.previousUntil != nil { tx.announce(.tokenChanged(id)) }
            return try Self.find(id, tx)
        }
        return (token, secret.text)
    }

    package func revoke(_ id: APIToken.ID, as principal: Principal) async throws {
        try await database.write { [now] tx in
            let moment = now()
            let token = try controlled(id, principal, tx)
            // Whoever fears for a token of their own is not kept from ending it.
            if token.user != principal.user { try Proof.require(principal, at: moment, tx) }
            try APIToken.revoke(id, at: moment, tx)
            try audit.record(
                .tokenRevoked, by: principal, target: "token:\(id)",
                details: ["name": token.name, "owner": token.username], tx)
            tx.announce(.tokenRevoked(id))
        }
    }

    /// Ends what look-ups refuse already: tokens past their time, and old secrets past their overlap.
    func endExpired() async throws {
        try await database.write { [now] tx in
            let moment = now()
            for token in try APIToken.expired(at: moment, tx) {
                try APIToken.revoke(token.id, at: moment, tx)
                try audit.record(
                    .tokenRevoked, by: .console, target: "token:\(token.id)",
                    details: ["name": token.name, "owner": token.username, "reason": "expired"], tx)
                tx.announce(.tokenRevoked(token.id))
            }
            for id in try APIToken.endOverlaps(at: moment, tx) { tx.announce(.tokenChanged(id)) }
        }
    }

    /// - Throws: `notFound` alike for no token and for one of somebody else.
    private func controlled(
        _ id: APIToken.ID, _ principal: Principal, _ tx: borrowing Transaction
    ) throws -> APIToken {
        guard let token = try APIToken.find(id, tx), token.user == principal.user || principal.isAdmin else {
            throw ChatError.notFound("token")
        }
        try requireControl(of: token.user, principal)
        return token
    }

    private static func find(_ id: APIToken.ID, _ tx: borrowing Transaction) throws -> APIToken {
        guard let token = try APIToken.find(id, tx) else { throw ChatError.notFound("token") }
        return token
    }

    /// Channels that the owner can read: a token is no way into others.
    private static func channels(
        _ choices: [ChannelChoice], of owner: User, _ tx: borrowing Transaction
    ) throws -> [Channel.ID] {
        let acting = Principal(
            user: owner.id, username: owner.username, role: owner.role, credential: .console, scopes: nil)
        return try choices.map { choice in
            let channel = try choice.resolve(tx)
            do {
                return try ChannelAccess.require(.read, in: channel.id, for: acting, tx).channel
            } catch ChatError.notFound {
                throw ChatError.invalid("channels", "names a channel that is not here")
            }
        }
    }

    private func requireControl(of user: User.ID, _ principal: Principal) throws {
        if principal.credential == .console { return }
        if user == principal.user { try principal.requireOwnAccount() } else { try principal.requireAdmin() }
    }
}
