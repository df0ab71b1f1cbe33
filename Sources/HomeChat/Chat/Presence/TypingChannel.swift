import Cable
import Storage

/// `TypingChannel`: who is writing in one channel, as long as they do.
struct TypingChannel: Sendable {
    let database: any Database
    let presence: Presence

    var channel: CableChannel<Principal> {
        CableChannel(
            name: "TypingChannel",
            subscribe: { principal, parameters in
                guard let id = Self.channel(parameters) else { return nil }
                _ = try await database.read { tx in try ChannelAccess.require(.read, in: id, for: principal, tx) }
                return CableSubscriptionGrant(streams: [Streams.typing(id)])
            },
            perform: { principal, action, parameters, data in
                guard let id = Self.channel(parameters), action == "typing" || action == "stop_typing" else { return }
                let isTyping = action == "typing" && (data.boolean("typing") ?? true)
                // Who may no longer post here stays silent; typing is nothing to be told an error about.
                try? await presence.setTyping(isTyping, in: id, as: principal)
            })
    }

    private static func channel(_ parameters: CableParameters) -> Channel.ID? {
        (parameters.integer("channel_id") ?? parameters.integer("id")).flatMap { $0 > 0 ? Channel.ID($0) : nil }
    }
}
