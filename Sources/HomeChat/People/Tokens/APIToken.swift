/// A key for a script: acts as its owner, within its scopes.
package struct APIToken: Sendable {
    package typealias ID = Identifier<APIToken>

    package let id: ID
    package let user: User.ID
    package let username: String
    package let name: String
    package let prefix: String
    package let scopes: Set<Scope>
    /// Where it may be used at all; nil: wherever its owner is.
    package let channels: Set<Channel.ID>?
    /// Addresses and networks from which it is taken; none: from everywhere.
    package let networks: [String]
    package let useCount: Int64
    package let lastUsedAt: Timestamp?
    package let lastAddress: String?
    package let createdAt: Timestamp
    package let expiresAt: Timestamp?
    package let rotatedAt: Timestamp?
    /// Until then the secret before the last rotation works too.
    package let previousUntil: Timestamp?

    /// A secret that is older ought to be replaced.
    package static let ripeAge = Duration.days(90)
    /// A token that nobody used for so long may not be needed.
    package static let idlePeriod = Duration.days(30)

    package func isOld(at now: Timestamp) -> Bool { (rotatedAt ?? createdAt) + Self.ripeAge < now }
    package func isUnused(for period: Duration, at now: Timestamp) -> Bool { (lastUsedAt ?? createdAt) + period < now }
    func isAlive(at now: Timestamp) -> Bool { expiresAt.map { $0 > now } ?? true }
}

/// What a token may do at most; it can never do more than its owner.
package enum Scope: String, Sendable, CaseIterable {
    case messagesRead = "messages:read"
    case messagesWrite = "messages:write"
    case channelsRead = "channels:read"
    case channelsWrite = "channels:write"
    case usersRead = "users:read"
    case bots
    case admin
}

/// A token that nobody has made yet.
package struct NewToken: Sendable {
    static let maximumNetworks = 20
    static let maximumChannels = 50
    static let longestLife = Duration.days(3660)

    let name: String
    let scopes: Set<Scope>
    let channels: [ChannelChoice]
    let networks: [String]
    let life: Duration?

    /// - Parameters:
    ///   - channels: the only ones it may be used in; none means wherever its owner is.
    ///   - networks: the only ones it is taken from, as addresses or CIDR; none means everywhere.
    ///   - life: how long it works, from now.
    package init(
        name: String, scopes: [String], channels: [ChannelChoice] = [], networks: [String] = [], life: Duration? = nil
    ) throws {
        self.name = try line(name, "name", atMost: 100)
        guard !self.name.isEmpty else { throw ChatError.missing("name") }
        self.scopes = try Self.scopes(scopes)
        guard channels.count <= Self.maximumChannels else {
            throw ChatError.invalid("channels", "may be \(Self.maximumChannels) at most")
        }
        guard channels.isEmpty || !self.scopes.contains(.admin) else {
            throw ChatError.invalid("channels", "cannot bound a token with the scope admin")
        }
        guard networks.count <= Self.maximumNetworks else {
            throw ChatError.invalid("networks", "may be \(Self.maximumNetworks) at most")
        }
        for network in networks where network.utf8.count > 100 || Network(network) == nil {
            throw ChatError.invalid("networks", "must be addresses or networks like 192.168.1.0/24")
        }
        if let life {
            guard life > .zero, life <= Self.longestLife else {
                throw ChatError.invalid("expires_in", "must be more than nothing and at most ten years")
            }
        }
        self.channels = channels
        self.networks = networks
        self.life = life
    }

    private static func scopes(_ names: [String]) throws -> Set<Scope> {
        let known = try names.map {
            guard let scope = Scope(rawValue: $0) else {
                throw ChatError.invalid(
                    "scopes", "must be among \(Scope.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return scope
        }
        guard !known.isEmpty else { throw ChatError.invalid("scopes", "must name at least one scope") }
        return Set(known)
    }
}
