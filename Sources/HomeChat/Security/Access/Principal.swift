/// Who is asking, and by what right. Every door makes one of these before it calls anything.
package struct Principal: Sendable {
    package let user: User.ID
    package let username: String
    package let role: User.Role
    package let credential: Credential
    /// nil: everything its owner may.
    package let scopes: Set<Scope>?
    /// A token's own channels: it is nowhere else. nil: wherever its owner is.
    package var channels: Set<Channel.ID>?
    /// Where this request of theirs comes from.
    package var caller = Caller.here
    /// nil: a person.
    package var bot: Bot.Kind?
    /// A token, while an admin has turned tokens off.
    var isTurnedOff = false

    package enum Credential: Hashable, Sendable {
        case session(Session.ID)
        case token(APIToken.ID)
        /// The server itself, speaking for a bot.
        case bot(Bot.ID)
        /// Whoever can read the data directory: the command line.
        case console
    }

    /// The command line. It belongs to no account, so it can manage but takes part in nothing.
    package static let console = Principal(
        user: .init(0), username: "console", role: .admin, credential: .console, scopes: nil)

    var isAdmin: Bool { role == .admin }

    /// Sees only what an admin chose for them.
    var isRestricted: Bool { role.isRestricted }

    /// Is nowhere but where somebody put them: not even a public channel is there for them.
    var keepsToMemberships: Bool { isRestricted || bot == .api || bot == .ai }

    /// The names by which this one's open connections can be closed.
    var tags: [String] {
        switch credential {
        case .session(let id): ["user:\(user)", "session:\(id)"]
        case .token(let id): ["user:\(user)", "token:\(id)"]
        case .bot, .console: []
        }
    }
}

extension Principal {
    /// What its messages are, unless it says otherwise.
    var messageKind: Message.Kind {
        if bot != nil { return .bot }
        if case .token = credential { return .api }
        return .chat
    }

    /// Tokens carry scopes; whoever signed in has them all.
    func has(_ scope: Scope) -> Bool { !isTurnedOff && scopes?.contains(scope) ?? true }

    func require(_ scope: Scope) throws {
        try requireTurnedOn()
        guard !has(scope) else { return }
        throw ChatError.forbidden("this token lacks the scope \(scope.rawValue)")
    }

    /// Not "unauthenticated": Home Assistant would take the token for a wrong one, and never try it again.
    func requireTurnedOn() throws {
        guard !isTurnedOff else { throw ChatError.forbidden("an admin has turned API tokens off") }
    }

    func require(anyOf wanted: Scope...) throws {
        try requireTurnedOn()
        guard let scopes, scopes.isDisjoint(with: wanted) else { return }
        throw ChatError.forbidden("this token lacks the scope \(wanted.map(\.rawValue).joined(separator: " or "))")
    }

    /// For what changes where somebody is: an admin does that for those who are limited, and a token keeps to its channels.
    func requireOwnChoice() throws {
        guard !isRestricted else { throw ChatError.forbidden("an admin chooses the channels of this account") }
        guard channels == nil else { throw ChatError.forbidden("this token is for its channels alone") }
    }

    func requireAdmin() throws {
        try require(.admin)
        guard isAdmin else { throw ChatError.forbidden("only an admin can do this") }
    }

    /// For what concerns the account itself: a script's token cannot change its owner's password or make more tokens.
    func requireOwnAccount() throws {
        guard scopes == nil, credential != .console else {
            throw ChatError.forbidden("this needs a sign-in, a token is not enough")
        }
    }
}
