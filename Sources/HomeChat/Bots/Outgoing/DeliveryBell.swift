/// Rung when there may be something to deliver; many rings before anybody came are one.
struct DeliveryBell: Sendable {
    let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (rings, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func ring() {
        continuation.yield()
    }

    /// Nobody comes any more.
    func fallSilent() {
        continuation.finish()
    }
}
