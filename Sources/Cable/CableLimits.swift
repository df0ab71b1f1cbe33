/// What one cable connection may cost, and when it is given up.
public struct CableLimits: Sendable {
    /// Of a whole message; fragments are counted together.
    public var maximumFrameBytes = 64 * 1024
    /// Written and not yet taken by the kernel. Beyond it a connection is cut off, and catches up later.
    public var maximumBufferedBytes = 1 << 20
    public var maximumSubscriptions = 500
    /// Of commands that wait for an earlier one. Waiting subscriptions are counted apart, up to
    /// `maximumSubscriptions`, because a client that reconnects sends all of them at once.
    public var maximumQueuedCommands = 128
    /// The identifier is kept and echoed, so a long one would be paid for with every message.
    public var maximumIdentifierBytes = 2048
    /// Frames of any kind from the client in one ping interval.
    public var maximumFramesPerInterval = 3000

    public var pingInterval: Duration = .seconds(3)
    /// A Python client loses messages that arrive right after the confirmation (wire contract 6.2).
    public var settleTime: Duration = .milliseconds(50)
    public var deadPeerTimeout: Duration = .seconds(60)
    /// How long a connection that was cut off may take to read what it already has.
    public var drainTime: Duration = .seconds(5)
    /// How long the peer may take to answer a close frame that has left.
    public var lingerTime: Duration = .seconds(1)

    public init() {}
}

/// What one HTTP connection may cost.
public struct HTTPLimits: Sendable {
    public var maximumHeaderFields = 100
    public var maximumHeaderBytes = 64 * 1024
    public var maximumFieldBytes = 16 * 1024
    /// Of the request target: path and query.
    public var maximumTargetBytes = 8 * 1024
    /// From the first byte of a request (or from the connection) to the end of its head, and between parts of its body.
    public var headerTimeout: Duration = .seconds(30)
    /// Bytes a second of a request's body, on average: less would keep a connection for as long as the client likes.
    public var minimumBodyRate = 1024
    /// Between requests, and for a response of which nothing is read.
    public var idleTimeout: Duration = .seconds(75)
    /// From the connection to the end of the TLS handshake.
    public var tlsTimeout: Duration = .seconds(10)
    /// How long a refused client may go on sending before the socket is closed under it.
    public var lingerTime: Duration = .seconds(2)

    public init() {}
}
