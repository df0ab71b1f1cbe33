import Storage

/// Where somebody is signed in, and ending that.
package struct Sessions: Sendable {
    let database: any Database
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    package func list(as principal: Principal) async throws -> [Session] {
        try principal.requireOwnAccount()
        return try await database.read { [now] tx in
            let moment = now()
            return try Session.all(of: principal.user, tx).filter { $0.isAlive(at: moment) }
        }
    }

    package func revoke(_ id: Session.ID, as principal: Principal) async throws {
        try principal.requireOwnAccount()
        try await database.write { tx in
            guard try Session.end(id, of: principal.user, tx) else { throw ChatError.notFound("session") }
            tx.announce(.sessionEnded(id))
            try audit.record(.sessionRevoked, by: principal, target: "session:\(id)", tx)
        }
    }

    /// Every session but the one that asks.
    package func revokeOthers(as principal: Principal) async throws {
        try principal.requireOwnAccount()
        guard case .session(let kept) = principal.credential else { throw ChatError.unauthenticated }
        try await database.write { tx in
            for ended in try Session.endAll(of: principal.user, except: kept, tx) {
                tx.announce(.sessionEnded(ended))
                try audit.record(.sessionRevoked, by: principal, target: "session:\(ended)", tx)
            }
        }
    }

    /// Sign-ins from somewhere new that the person has not said to know.
    func notices(as principal: Principal) async throws -> [SignInNotice] {
        try principal.requireOwnAccount()
        return try await database.read { tx in try SignInNotice.all(of: principal.user, tx) }
    }

    func dismissNotices(as principal: Principal) async throws {
        try principal.requireOwnAccount()
        try await database.write { tx in try SignInNotice.dismissAll(of: principal.user, tx) }
    }

    /// Removes what nobody used for too long. Looking a session up refuses it already; this closes open sockets and frees rows.
    func endExpired() async throws {
        try await database.write { [now] tx in
            for ended in try Session.endExpired(at: now(), tx) { tx.announce(.sessionEnded(ended)) }
        }
    }
}
