import Storage
import Synchronization

/// Whether anything may be changed, and what goes on while nothing may: the one place that decides it, for page, API and cable.
///
/// The state is in the database. A node remembers it for a second at most, and is told at once when it changes.
final class ReadOnlyMode: Sendable {
    private static let memory = Duration.seconds(1)

    private struct State {
        var isOn = false
        var until = Timestamp(milliseconds: 0)
        var generation = 0
    }

    private let database: any Database
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    init(database: any Database, now: @escaping @Sendable () -> Timestamp) {
        self.database = database
        self.now = now
    }

    func isOn() async throws -> Bool {
        let moment = now()
        let known = state.withLock { $0 }
        if known.until > moment { return known.isOn }
        let isOn = try await database.read { tx in try Self.isOn(tx) }
        state.withLock {
            guard $0.generation == known.generation else { return }  // changed while we looked
            ($0.isOn, $0.until) = (isOn, moment + Self.memory)
        }
        return isOn
    }

    func forget() {
        state.withLock {
            $0.until = Timestamp(milliseconds: 0)
            $0.generation += 1
        }
    }

    static func isOn(_ tx: borrowing Transaction) throws -> Bool { try EmergencyRow.readOnly.find(tx) != nil }

    /// For the few changes that hide behind reading, or behind a door that stays open.
    static func requireChanges(_ tx: borrowing Transaction) throws {
        guard try !isOn(tx) else { throw ChatError.readOnly }
    }
}

extension ReadOnlyMode {
    /// Signing in and out, marking as read, what makes an account safer, and the admins' doors for an emergency. Buttons are
    /// let through here and looked at where they are pressed: those of `#security` work.
    private static let open: Set<String> = [
        "POST /signin", "POST /session", "POST /signout", "DELETE /signout", "POST /forgotten", "POST /reset",
        "POST /api/v1/signin", "DELETE /api/v1/signout", "POST /api/v1/password_reset", "PATCH /api/v1/password_reset",
        "POST /settings/confirm", "POST /settings/password", "POST /settings/notices/dismissal",
        "POST /settings/sessions/revocation", "POST /settings/sessions/{id}/revocation",
        "POST /settings/tokens/{id}/revocation", "POST /settings/tokens/{id}/rotation",
        "POST /channels/{id}/read", "POST /channels/{id}/unread", "POST /api/v1/channels/{id}/mark_as_read",
        "POST /markdown", "POST /messages/{id}/actions/{action_id}", "POST /api/v1/messages/{id}/actions/{action_id}",
        "POST /admin/users/{id}/lock", "POST /admin/users/{id}/unlock", "POST /admin/users/{id}/password",
        "POST /admin/users/{id}/reset-link", "POST /admin/bans", "POST /admin/bans/{id}/removal",
        "POST /admin/network/body", "POST /admin/audit/verification", "POST /admin/audit/export",
        "POST /api/v1/audit/export",
    ]
    private static let openBelow = [
        "POST /signin/", "POST /settings/confirm/", "POST /admin/emergency/", "POST /api/v1/emergency/",
    ]

    /// - Parameter route: as it is declared, with the names of its parameters.
    static func goesOn(_ method: String, _ route: String) -> Bool {
        guard !["GET", "HEAD", "OPTIONS"].contains(method) else { return true }
        let door = "\(method) \(route)"
        return open.contains(door) || openBelow.contains(where: door.hasPrefix)
    }

    /// Signs of life and read positions belong to reading.
    static func goesOn(command action: String) -> Bool { action == "heartbeat" || action == "mark_read" }
}
