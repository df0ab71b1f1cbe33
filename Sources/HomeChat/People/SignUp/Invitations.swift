import Storage

/// Letting people in: links for them, and an answer to those who signed up by themselves.
package struct Invitations: Sendable {
    let database: any Database
    let limits: RateLimits
    let audit: AuditLog
    let publicAddress: PublicAddress
    let now: @Sendable () -> Timestamp

    /// - Returns: the invitation, and the secret of its link, which nobody can see again.
    package func create(
        note: String, as principal: Principal
    ) async throws -> (invitation: Invitation, secret: String) {
        try principal.requireAdmin()
        try limits.spend(.invite, for: principal)
        let note = try line(note, "note", atMost: 50)
        var random = SystemRandomNumberGenerator()
        let token = SecretToken.session(using: &random)
        let invitation = try await database.write { [now] tx in
            let moment = now()
            try Proof.require(principal, at: moment, tx)
            guard try Invitation.open(at: moment, tx).count < Invitation.maximumOpen else {
                throw ChatError.conflict("there are too many open invitations, take some back")
            }
            let made = try Invitation.insert(
                hash: token.hash, note: note, by: principal.username, at: moment, tx)
            try audit.record(
                .adminAction, by: principal, target: "invitation:\(made.id)", details: ["what": "invitation made"], tx)
            return made
        }
        return (invitation, token.text)
    }

    package func open(as principal: Principal) async throws -> [Invitation] {
        try principal.requireAdmin()
        return try await database.read { [now] tx in try Invitation.open(at: now(), tx) }
    }

    package func revoke(_ id: Invitation.ID, as principal: Principal) async throws {
        try principal.requireAdmin()
        try await database.write { tx in
            guard try Invitation.remove(id, tx) else { throw ChatError.notFound("invitation") }
            try audit.record(
                .adminAction, by: principal, target: "invitation:\(id)", details: ["what": "invitation revoked"], tx)
        }
    }

    package func address(of secret: String) -> String { publicAddress.link(to: "/signup?invitation=\(secret)") }

    /// Whether a link still works, for the page that it opens.
    func isOpen(_ secret: String) async throws -> Bool {
        try await database.read { [now] tx in try Invitation.find(secret, at: now(), tx) != nil }
    }

    package func approve(_ id: User.ID, as principal: Principal) async throws {
        try principal.requireAdmin()
        try await database.write { [now] tx in
            let moment = now()
            try Proof.require(principal, at: moment, tx)
            guard let user = try User.find(id, tx), user.awaitsApproval else { throw ChatError.notFound("user") }
            try User.approve(id, tx)
            try Accounts.settle(user, at: moment, tx)
            tx.announce(.profileChanged(id))
            try audit.record(
                .adminAction, by: principal, target: "user:\(id)", details: ["what": "sign-up approved"], tx)
        }
    }

    /// The account goes as if it had never been; its name is free again.
    package func reject(_ id: User.ID, as principal: Principal) async throws {
        try principal.requireAdmin()
        try await database.write { [now] tx in
            let moment = now()
            try Proof.require(principal, at: moment, tx)
            guard let user = try User.find(id, tx), user.awaitsApproval else { throw ChatError.notFound("user") }
            try User.erase(id, at: moment, tx)
            tx.announce(.expelled(id))
            try audit.record(
                .adminAction, by: principal, target: "user:\(id)",
                details: ["what": "sign-up rejected", "username": user.username], tx)
        }
    }
}
