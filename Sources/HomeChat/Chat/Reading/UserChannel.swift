import Cable

/// `UserChannel`: news that concern one person alone, on all their devices: what is unread, channels that come and go.
enum UserChannel {
    static var channel: CableChannel<Principal> {
        CableChannel(
            name: "UserChannel",
            subscribe: { principal, _ in
                // A script's token has no screen to keep up to date.
                guard principal.scopes == nil else { return nil }
                return CableSubscriptionGrant(streams: [Streams.user(principal.user)])
            },
            perform: { _, _, _, _ in })
    }
}
