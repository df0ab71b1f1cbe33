extension Settings {
    /// How many sockets may be open at all, whatever is spoken on them.
    static let connections: [Setting] = [
        Setting(
            "limits.connections", \.limits.connections, .integer(1...1_000_000),
            "open connections in all, with and without a cable"),
        Setting(
            "limits.connections_per_address", \.limits.connectionsPerAddress, .integer(1...1_000_000),
            "of these from one IPv4 address or IPv6 /64, trusted proxies aside"),
    ]
}
