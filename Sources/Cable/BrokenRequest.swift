/// The body of a request does not come to its end: what came is no HTTP, or the client is gone.
public struct BrokenRequest: Error {
    public init() {}
}
