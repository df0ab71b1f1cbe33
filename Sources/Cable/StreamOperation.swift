public import NIOCore

/// What happens to the listeners, applied on every event loop in the order given.
public enum StreamOperation: Sendable {
    /// Payload JSON, to each subscriber as `{"identifier":I,"message":payload}`.
    case send(StreamName, ByteBuffer)
    /// Connections with the tag stop hearing the stream at once. A subscription that is left with
    /// no stream, and does not grow, is rejected.
    case close(StreamName, tag: String)
    /// Growing subscriptions of connections with the tag start to hear the stream.
    case open(StreamName, tag: String)
    /// Nobody hears the stream any more.
    case end(StreamName)
    /// A disconnect frame, then close.
    case disconnect(tag: String, reason: String, reconnect: Bool)
    case disconnectAll(reason: String, reconnect: Bool)
}
