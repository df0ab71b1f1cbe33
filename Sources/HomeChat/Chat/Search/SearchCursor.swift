/// Where a search goes on. What is in it is nobody's business but ours; whoever makes one up sees no more by it.
enum SearchCursor: Equatable, Sendable {
    /// By time: what is older than this message.
    case before(Message.ID)
    /// By relevance: what comes after this message with this score, among what the search looks at from `newest` on.
    case after(score: Int, Message.ID, newest: Message.ID)
    /// By relevance: among what is older than this message, all that was looked at so far having been shown.
    case olderThan(Message.ID)

    init?(_ text: String) {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false).map { Message.ID($0) }
        switch (numbers.count, numbers.first ?? nil, numbers.last ?? nil) {
        case (1, let id?, _): self = .before(id)
        case (2, let id?, nil) where text.last == "-": self = .olderThan(id)
        case (3, let newest?, let id?):
            // Shifted by one, since ids begin there.
            guard let score = numbers[1].flatMap({ Int(exactly: $0.value - 1) }) else { return nil }
            self = .after(score: score, id, newest: newest)
        default: return nil
        }
    }

    var text: String {
        switch self {
        case .before(let id): "\(id)"
        case .olderThan(let id): "\(id)-"
        case .after(let score, let id, let newest): "\(newest)-\(score + 1)-\(id)"
        }
    }
}
