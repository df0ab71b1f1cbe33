import Cable

/// `PresenceChannel`: who is there, and one's own signs of life.
struct PresenceChannel: Sendable {
    let presence: Presence
    let users: Users
    let departures: Departures

    var channel: CableChannel<Principal> {
        CableChannel(
            name: "PresenceChannel",
            subscribe: { principal, _ in
                try principal.require(.usersRead)
                // Everybody's comings and goings would tell them of people whom nobody chose for them.
                let stream = principal.isRestricted ? Streams.ownPresence(principal.user) : Streams.presence
                return CableSubscriptionGrant(streams: [stream])
            },
            began: { principal, _ in
                guard presence.board.enter(principal.user) else { return }
                // Not stored now, it is a minute later.
                try? await presence.arrived(principal.user)
            },
            perform: { principal, action, _, data in
                // Signs of life have no answer; one that fails is followed by another.
                try? await perform(action, data, principal)
            },
            ended: { principal, _ in
                guard presence.board.leave(principal.user) else { return }
                departures.leave(principal.user)
            })
    }

    private func perform(_ action: String, _ data: CableParameters, _ principal: Principal) async throws {
        switch action {
        case "heartbeat": try await presence.heartbeat(as: principal)
        case "set_status":
            try principal.require(.messagesWrite)
            if let status = data.string("status") { try await users.setStatus(status, as: principal) }
        case "typing", "stop_typing":
            guard let id = data.integer("channel_id"), id > 0 else { return }
            try await presence.setTyping(action == "typing", in: .init(id), as: principal)
        default: break
        }
    }
}
