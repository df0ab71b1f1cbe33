import Cable
import Storage

/// `ChatChannel`: the messages of one channel, or of all that the person is in, now and later.
struct ChatChannel: Sendable {
    let database: any Database
    let reading: Reading

    var channel: CableChannel<Principal> {
        CableChannel(
            name: "ChatChannel",
            subscribe: { principal, parameters in try await subscribe(parameters, principal) },
            perform: { principal, action, parameters, data in
                guard action == "mark_read", let id = Self.id(parameters) ?? Self.id(data) else { return }
                let message = data.integer("up_to_message_id").map(Message.ID.init)
                // Reading what one may not read marks nothing; there is no frame to say so.
                try? await reading.markRead(id, upTo: message, as: principal)
            })
    }

    private func subscribe(
        _ parameters: CableParameters, _ principal: Principal
    ) async throws -> CableSubscriptionGrant? {
        let isForOne = parameters.values["channel_id"] != nil || parameters.values["id"] != nil
        guard isForOne else {
            try principal.require(.messagesRead)
            let channels = try await database.read { tx in try ChannelAccess.joined(by: principal, tx) }
            return CableSubscriptionGrant(
                streams: channels.map { Streams.channel($0, for: principal.role) }, grows: principal.channels == nil)
        }
        guard let id = Self.id(parameters) else { return nil }
        _ = try await database.read { tx in try ChannelAccess.require(.read, in: id, for: principal, tx) }
        return CableSubscriptionGrant(streams: [Streams.channel(id, for: principal.role)])
    }

    private static func id(_ parameters: CableParameters) -> Channel.ID? {
        (parameters.integer("channel_id") ?? parameters.integer("id")).flatMap { $0 > 0 ? Channel.ID($0) : nil }
    }
}
