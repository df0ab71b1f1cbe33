public import HTTPTypes

/// A name of something that can be listened to, e.g. "channel:7", "user:3", "presence".
public typealias StreamName = String

/// Who a connection belongs to.
public struct CableIdentity<Principal: Sendable>: Sendable {
    public let principal: Principal
    /// The groups by which the connection can be closed: "user:7", "session:12", "token:3".
    public let tags: [String]

    public init(principal: Principal, tags: [String]) {
        self.principal = principal
        self.tags = tags
    }
}

/// The answer to a handshake.
public enum CableAdmission<Principal: Sendable>: Sendable {
    case admitted(CableIdentity<Principal>)
    /// The upgrade completes, because clients read the reason only from a frame; then the connection is closed.
    case unauthorized
    /// No upgrade, but a plain HTTP answer: a foreign Origin, too many connections.
    case refused(HTTPResponse.Status)
}

/// What a subscription hears.
public struct CableSubscriptionGrant: Sendable {
    public var streams: [StreamName]
    /// Streams that are opened later for a tag of the connection join this subscription.
    public var grows: Bool

    public init(streams: [StreamName], grows: Bool = false) {
        self.streams = streams
        self.grows = grows
    }
}
