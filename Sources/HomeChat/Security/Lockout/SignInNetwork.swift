/// The neighbourhood that guesses are counted for: an IPv4 /24 or an IPv6 /64, since one person can have all of its addresses.
struct SignInNetwork: Sendable, Equatable {
    let text: String
    let isLoopback: Bool

    /// The name of its own counter.
    var subject: String { "network \(text)" }

    init(_ ipAddress: String) {
        text = Network.around(ipAddress) ?? "unknown"
        isLoopback = Network.isThisMachine(ipAddress)
    }
}
