/// A key for a script: acts as its owner, within its scopes.
package struct APIToken: Sendable {
    package typealias ID = Identifier<APIToken>

    package let id: ID
    package let user: User.ID
    package let username: String
    package let name: String
    package let prefix: String
    package let scopes: Set<Scope>
    package let useCount: Int64
    package let lastUsedAt: Timestamp?
    package let createdAt: Timestamp
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
    let name: String
    let scopes: Set<Scope>

    package init(name: String, scopes: [String]) throws {
        self.name = try line(name, "name", atMost: 100)
        guard !self.name.isEmpty else { throw ChatError.missing("name") }
        let known = try scopes.map {
            guard let scope = Scope(rawValue: $0) else {
                throw ChatError.invalid(
                    "scopes", "must be among \(Scope.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return scope
        }
        guard !known.isEmpty else { throw ChatError.invalid("scopes", "must name at least one scope") }
        self.scopes = Set(known)
    }
}
