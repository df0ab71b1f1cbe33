/// One channel class of the protocol, by its wire name; closures, because the product's features supply them.
public struct CableChannel<Principal: Sendable>: Sendable {
    /// A thrown error or nil rejects the subscription. May be called again when rights changed while it ran.
    public typealias Subscribe = @Sendable (Principal, CableParameters) async throws -> CableSubscriptionGrant?
    public typealias Perform =
        @Sendable (
            _ principal: Principal, _ action: String, _ parameters: CableParameters, _ data: CableParameters
        ) async -> Void
    /// Called exactly once for each confirmed subscription, before anything else is performed for it.
    public typealias Began = @Sendable (Principal, CableParameters) async -> Void
    /// Called exactly once for each confirmed subscription: unsubscribed, closed, or the connection is gone.
    public typealias Ended = @Sendable (Principal, CableParameters) async -> Void

    public let name: String
    let subscribe: Subscribe
    let began: Began
    let perform: Perform
    let ended: Ended

    public init(
        name: String,
        subscribe: @escaping Subscribe,
        began: @escaping Began = { _, _ in },
        perform: @escaping Perform,
        ended: @escaping Ended = { _, _ in }
    ) {
        self.name = name
        self.subscribe = subscribe
        self.began = began
        self.perform = perform
        self.ended = ended
    }

    /// The same channel, whose commands are let through one by one; it drops the others, for which there is no answer.
    public func performing(
        when isAllowed: @escaping @Sendable (_ action: String) async -> Bool
    ) -> CableChannel {
        CableChannel(
            name: name, subscribe: subscribe, began: began,
            perform: { principal, action, parameters, data in
                guard await isAllowed(action) else { return }
                await perform(principal, action, parameters, data)
            }, ended: ended)
    }
}
