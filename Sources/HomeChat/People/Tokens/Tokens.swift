import Storage

/// API tokens: made, listed, revoked.
package struct Tokens: Sendable {
    let database: any Database
    let now: @Sendable () -> Timestamp

    /// Makes a token for its owner; an admin may make one for anybody.
    /// - Returns: the token, and its secret, which nobody can see again.
    package func create(
        _ new: NewToken, for user: User.ID, as principal: Principal
    ) async throws -> (token: APIToken, secret: String) {
        try requireControl(of: user, principal)
        var random = SystemRandomNumberGenerator()
        let (secret, prefix) = SecretToken.api(using: &random)
        let token = try await database.write { [now] tx in
            guard let owner = try User.find(user, tx) else { throw ChatError.notFound("user") }
            guard owner.role == .admin || !new.scopes.contains(.admin) else {
                throw ChatError.invalid("scopes", "must not name admin for an account that is none")
            }
            guard try !APIToken.isTaken(new.name, by: user, tx) else { throw ChatError.invalid("name", "is taken") }
            let id = try APIToken.insert(new, for: user, hash: secret.hash, prefix: prefix, at: now(), tx)
            guard let token = try APIToken.find(id, tx) else { throw ChatError.notFound("token") }
            return token
        }
        return (token, secret.text)
    }

    /// One's own tokens; for an admin without a user, everybody's.
    package func list(of user: User.ID?, as principal: Principal) async throws -> [APIToken] {
        if let user { try requireControl(of: user, principal) } else { try principal.requireAdmin() }
        return try await database.read { tx in try APIToken.all(of: user, tx) }
    }

    package func revoke(_ id: APIToken.ID, as principal: Principal) async throws {
        try await database.write { [now] tx in
            guard let token = try APIToken.find(id, tx), token.user == principal.user || principal.isAdmin else {
                throw ChatError.notFound("token")
            }
            try requireControl(of: token.user, principal)
            try APIToken.revoke(id, at: now(), tx)
            tx.announce(.tokenRevoked(id))
        }
    }

    private func requireControl(of user: User.ID, _ principal: Principal) throws {
        if principal.credential == .console { return }
        if user == principal.user { try principal.requireOwnAccount() } else { try principal.requireAdmin() }
    }
}
