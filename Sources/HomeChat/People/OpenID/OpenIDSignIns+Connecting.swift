import Storage

extension OpenIDSignIns {
    /// What somebody sees of it in their settings.
    struct State: Sendable {
        let isConnected: Bool
        /// Without it there would be no way in.
        let mayDisconnect: Bool
        let lastUsedAt: Timestamp?
    }

    func state(as principal: Principal) async throws -> State {
        try principal.requireOwnAccount()
        return try await database.read { [issuer] tx in
            let identity = try OpenIDIdentity.find(of: principal.user, at: issuer, tx)
            return State(
                isConnected: identity != nil, mayDisconnect: try Self.hasAnotherWay(principal.user, tx),
                lastUsedAt: identity?.lastUsedAt)
        }
    }

    func disconnect(as principal: Principal) async throws {
        try principal.requireOwnAccount()
        try await database.write { tx in
            try Proof.require(principal, at: now(), tx)
            guard try Self.hasAnotherWay(principal.user, tx) else {
                throw ChatError.conflict("set a password or add a passkey first, or you could not sign in any more")
            }
            guard try OpenIDIdentity.remove(of: principal.user, at: issuer, tx) else {
                throw ChatError.notFound("connection")
            }
            try audit.record(.identityDisconnected, by: principal, target: "user:\(principal.user)", tx)
        }
    }

    /// Only by somebody who is signed in and showed a moment ago who they are: nothing that the provider says of a name or
    /// an address takes an account over.
    func connect(_ person: OpenIDProvider.Person, as principal: Principal) async throws {
        try requireAllowedDomain(try await settings.allowedDomains.isEmpty ? person.claims : provider.completed(person))
        try await database.write { [issuer] tx in
            try ReadOnlyMode.requireChanges(tx)
            try Proof.require(principal, at: now(), tx)
            if let identity = try OpenIDIdentity.find(person.subject, at: issuer, tx) {
                guard identity.user == principal.user else {
                    throw OpenIDProblem.refused("that account at \(name) is connected with somebody else's here")
                }
                return
            }
            try requireUnconnected(principal, tx)
            try OpenIDIdentity.insert(person.subject, at: issuer, for: principal.user, at: now(), tx)
            try audit.record(.identityConnected, by: principal, target: "user:\(principal.user)", tx)
        }
    }

    /// Instead of the password, before something that matters.
    func confirm(_ person: OpenIDProvider.Person, as principal: Principal) async throws {
        guard case .session(let id) = principal.credential else { throw ChatError.unauthenticated }
        try await database.write { [issuer] tx in
            guard try OpenIDIdentity.find(person.subject, at: issuer, tx)?.user == principal.user else {
                throw OpenIDProblem.refused("that account at \(name) is not connected with yours here")
            }
            try Proof.note(id, at: now(), tx)
        }
    }

    func requireUnconnected(_ principal: Principal, _ tx: borrowing Transaction) throws {
        guard try OpenIDIdentity.find(of: principal.user, at: issuer, tx) == nil else {
            throw ChatError.conflict("your account is connected with one at \(name) already, disconnect that first")
        }
    }

    private static func hasAnotherWay(_ user: User.ID, _ tx: borrowing Transaction) throws -> Bool {
        if try User.passwordDigest(of: user, tx) != nil { return true }
        return try !Passkey.all(of: user, tx).isEmpty
    }
}
