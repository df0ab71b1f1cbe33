import WebAuthn

/// What changed, said once, after it is durable. Ids only: who may see what is looked up by whoever tells it on.
enum Event: Equatable, Sendable {
    case messagePosted(Message.ID, in: Channel.ID)
    case messageChanged(Message.ID, in: Channel.ID)
    case messageDeleted(Message.ID, in: Channel.ID)
    case readMoved(Channel.ID, of: User.ID)
    case channelChanged(Channel.ID)
    case channelDeleted(Channel.ID)
    case joined(Channel.ID, User.ID)
    case left(Channel.ID, User.ID)
    case typing(User.ID, in: Channel.ID, isTyping: Bool)
    case presence(User.ID)
    case profileChanged(User.ID)
    case sessionEnded(Session.ID)
    case tokenRevoked(APIToken.ID)
    /// Replaced, or its old secret has ended: whoever is connected with it shows it again.
    case tokenChanged(APIToken.ID)
    /// Another role, other channels or people: every connection of this person begins again.
    case rightsChanged(User.ID)
    /// Locked or deleted: every door closes for this person.
    case expelled(User.ID)
    /// Many sessions, tokens or accounts ended at once.
    case doorsClosed
    /// Nothing can be changed any more, or everything again.
    case readOnly(Bool)
    case siteChanged
    /// There is something for AI bots to do.
    case aiAsked
    /// Files went, perhaps the last ones with these bytes.
    case filesDropped
    case bansChanged
    /// The next master key, sealed with the present one: a node that has this one has the other when it comes to count.
    case keyOffered([UInt8])
    /// The database is sealed with another master key.
    case keyRotated
    /// There is something to send to a webhook.
    case deliveriesWait
    /// What a node let through, so that limits count on all of them.
    case spent(RateSpends)
}

extension Event {
    /// As it travels between connections and nodes: a word and numbers, since a notice must stay below 8,000 bytes.
    var notice: String {
        switch self {
        case .messagePosted(let id, let channel): "posted \(id) \(channel)"
        case .messageChanged(let id, let channel): "changed \(id) \(channel)"
        case .messageDeleted(let id, let channel): "deleted \(id) \(channel)"
        case .readMoved(let channel, let user): "read \(channel) \(user)"
        case .channelChanged(let channel): "channel \(channel)"
        case .channelDeleted(let channel): "channel_deleted \(channel)"
        case .joined(let channel, let user): "joined \(channel) \(user)"
        case .left(let channel, let user): "left \(channel) \(user)"
        case .typing(let user, let channel, let isTyping): "typing \(user) \(channel) \(isTyping ? 1 : 0)"
        case .presence(let user): "presence \(user)"
        case .profileChanged(let user): "profile \(user)"
        case .sessionEnded(let session): "session \(session)"
        case .tokenRevoked(let token): "token \(token)"
        case .tokenChanged(let token): "token_changed \(token)"
        case .rightsChanged(let user): "rights \(user)"
        case .expelled(let user): "expelled \(user)"
        case .doorsClosed: "doors"
        case .readOnly(let isOn): "read_only \(isOn ? 1 : 0)"
        case .siteChanged: "site"
        case .aiAsked: "ai"
        case .filesDropped: "files"
        case .bansChanged: "bans"
        case .keyOffered(let sealed): "key_offered \(Base64URL.encode(sealed))"
        case .keyRotated: "key_rotated"
        case .deliveriesWait: "deliveries"
        case .spent(let spends): "spent \(spends.words)"
        }
    }

    /// nil for a word this version does not know, which a newer node may say.
    init?(notice: String) {
        let words = notice.split(separator: " ")
        guard let kind = words.first else { return nil }
        if kind == "key_offered", words.count == 2, let sealed = Base64URL.decode(String(words[1])) {
            self = .keyOffered(sealed)
            return
        }
        let numbers = words.dropFirst().compactMap { Int64($0) }
        guard numbers.count == words.count - 1 else { return nil }
        switch (kind, numbers.count) {
        case ("posted", 2): self = .messagePosted(.init(numbers[0]), in: .init(numbers[1]))
        case ("changed", 2): self = .messageChanged(.init(numbers[0]), in: .init(numbers[1]))
        case ("deleted", 2): self = .messageDeleted(.init(numbers[0]), in: .init(numbers[1]))
        case ("read", 2): self = .readMoved(.init(numbers[0]), of: .init(numbers[1]))
        case ("channel", 1): self = .channelChanged(.init(numbers[0]))
        case ("channel_deleted", 1): self = .channelDeleted(.init(numbers[0]))
        case ("joined", 2): self = .joined(.init(numbers[0]), .init(numbers[1]))
        case ("left", 2): self = .left(.init(numbers[0]), .init(numbers[1]))
        case ("typing", 3): self = .typing(.init(numbers[0]), in: .init(numbers[1]), isTyping: numbers[2] != 0)
        case ("presence", 1): self = .presence(.init(numbers[0]))
        case ("profile", 1): self = .profileChanged(.init(numbers[0]))
        case ("session", 1): self = .sessionEnded(.init(numbers[0]))
        case ("token", 1): self = .tokenRevoked(.init(numbers[0]))
        case ("token_changed", 1): self = .tokenChanged(.init(numbers[0]))
        case ("rights", 1): self = .rightsChanged(.init(numbers[0]))
        case ("expelled", 1): self = .expelled(.init(numbers[0]))
        case ("doors", 0): self = .doorsClosed
        case ("read_only", 1): self = .readOnly(numbers[0] != 0)
        case ("site", 0): self = .siteChanged
        case ("ai", 0): self = .aiAsked
        case ("files", 0): self = .filesDropped
        case ("bans", 0): self = .bansChanged
        case ("key_rotated", 0): self = .keyRotated
        case ("deliveries", 0): self = .deliveriesWait
        case ("spent", _):
            guard let spends = RateSpends(numbers) else { return nil }
            self = .spent(spends)
        default: return nil
        }
    }
}
