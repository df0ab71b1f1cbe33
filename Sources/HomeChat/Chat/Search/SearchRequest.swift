import Foundation

/// What somebody wants to find, and how much of it.
package struct SearchRequest: Sendable {
    package enum Kind: String, Sendable {
        case all, users, channels, messages
    }

    package enum Sort: String, Sendable {
        /// The best of the newest thousand.
        case relevance
        /// All of them.
        case newest
    }

    static let limits = 1...100
    static let defaultLimit = 10

    let text: String
    let query: SearchQuery
    var kind = Kind.all
    var sort = Sort.relevance
    var limit = defaultLimit
    var cursor: SearchCursor?

    /// - Parameter text: at least two characters, or a dense one; all that it asks for must be in a message.
    package init(_ text: String) throws {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        try SearchQuery.requireLongEnough(text)
        guard text.utf8.count <= SearchQuery.lengths.upperBound * 8, text.count <= SearchQuery.lengths.upperBound,
            !text.utf8.contains(0)
        else {
            throw ChatError.malformed("q must have at most \(SearchQuery.lengths.upperBound) characters")
        }
        self.text = text
        query = SearchQuery(text)
    }

    init(_ fields: RequestFields) throws {
        self.init(copying: try SearchRequest(try fields.requiredString("q")))
        kind = try Self.choice(fields, "type", "all, users, channels or messages") ?? .all
        sort = try Self.sort(fields) ?? .relevance
        // Clients that ask for more get what there may be.
        limit = min(
            max(try fields.number("limit") ?? Self.defaultLimit, Self.limits.lowerBound), Self.limits.upperBound)
        if let text = try fields.string("cursor"), !text.isEmpty {
            guard let cursor = SearchCursor(text) else { throw ChatError.malformed("cursor must be what next said") }
            self.cursor = cursor
            // It goes on where it came from.
            sort = cursor.sort
        }
    }

    static func sort(_ fields: RequestFields) throws -> Sort? { try choice(fields, "sort", "relevance or newest") }

    private init(copying other: SearchRequest) {
        self = other
    }

    /// An empty field of a form counts as absent.
    private static func choice<Choice: RawRepresentable<String>>(
        _ fields: RequestFields, _ field: String, _ choices: String
    ) throws -> Choice? {
        guard let text = try fields.string(field), !text.isEmpty else { return nil }
        guard let choice = Choice(rawValue: text) else { throw ChatError.malformed("\(field) must be \(choices)") }
        return choice
    }
}

extension SearchCursor {
    var sort: SearchRequest.Sort {
        switch self {
        case .before: .newest
        case .after, .olderThan: .relevance
        }
    }
}
