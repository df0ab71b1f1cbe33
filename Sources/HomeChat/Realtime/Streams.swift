import Cable

/// The names of what can be listened to. Every one is made here.
enum Streams {
    static let presence: StreamName = "presence"

    static func channel(_ id: Channel.ID) -> StreamName { "channel:\(id)" }
    /// The same messages for limited accounts: links to elsewhere stay words.
    static func channelWithoutLinks(_ id: Channel.ID) -> StreamName { "channel:\(id):limited" }
    static func channel(_ id: Channel.ID, for role: User.Role) -> StreamName {
        role == .limited ? channelWithoutLinks(id) : channel(id)
    }
    /// Nobody speaks on it: it keeps a subscription open whose owner may hear of nobody.
    static func ownPresence(_ id: User.ID) -> StreamName { "presence:\(id)" }
    static func typing(_ id: Channel.ID) -> StreamName { "typing:\(id)" }
    /// News that concern one person alone.
    static func user(_ id: User.ID) -> StreamName { "user:\(id)" }
}
