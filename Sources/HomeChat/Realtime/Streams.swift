import Cable

/// The names of what can be listened to. Every one is made here.
enum Streams {
    static let presence: Cable.Stream = "presence"

    static func channel(_ id: Channel.ID) -> Cable.Stream { "channel:\(id)" }
    static func typing(_ id: Channel.ID) -> Cable.Stream { "typing:\(id)" }
    /// News that concern one person alone.
    static func user(_ id: User.ID) -> Cable.Stream { "user:\(id)" }
}
