import Cable

/// The names of what can be listened to. Every one is made here.
enum Streams {
    static let presence: StreamName = "presence"

    static func channel(_ id: Channel.ID) -> StreamName { "channel:\(id)" }
    static func typing(_ id: Channel.ID) -> StreamName { "typing:\(id)" }
    /// News that concern one person alone.
    static func user(_ id: User.ID) -> StreamName { "user:\(id)" }
}
