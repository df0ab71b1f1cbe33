import Foundation
import Storage

/// Finding people, channels and messages by words.
package struct Search: Sendable {
    let database: any Database
    let limits: RateLimits
    let now: @Sendable () -> Timestamp

    package enum Kind: String, Sendable {
        case all, users, channels, messages
    }

    package struct Result: Sendable {
        package var users: [User] = []
        package var channels: [ChannelSummary] = []
        package var messages: [MessageView] = []
        package var now: Timestamp
    }

    static let perKind = 10
    static let maximumWords = 8

    /// What a text is looked for by. There may be none: an accent alone is, folded, a blank with an accent on it.
    static func words(of text: String) -> [String] {
        Message.searchKey(text).split(whereSeparator: \.isWhitespace).prefix(maximumWords).map(String.init)
    }

    /// - Parameter text: at least two characters; all its words must be in a message.
    package func find(_ text: String, _ kind: Kind = .all, as principal: Principal) async throws -> Result {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.count >= 2 else { throw ChatError.malformed("q must have at least 2 characters") }
        guard text.count <= 200, !text.utf8.contains(0) else {
            throw ChatError.malformed("q must have at most 200 characters")
        }
        try Self.require(kind, principal)
        try limits.spend(.search, for: principal)
        return try await database.read { [now] tx in
            var result = Result(now: now())
            if kind == .all || kind == .users, principal.has(.usersRead) {
                result.users = try User.matching(text, for: principal, limit: Self.perKind, tx)
            }
            if kind == .all || kind == .channels, principal.has(.channelsRead) {
                let key = nameKey(text)
                let visible = try ChannelSummary.all(.visible, for: principal, at: result.now, tx)
                result.channels = visible.filter { nameKey($0.title).contains(key) }.prefix(Self.perKind).map(\.self)
            }
            if kind == .all || kind == .messages, principal.has(.messagesRead) {
                result.messages = try Message.containing(text, for: principal, limit: Self.perKind, tx)
            }
            return result
        }
    }

    /// Whoever looks for everything gets what they may.
    private static func require(_ kind: Kind, _ principal: Principal) throws {
        switch kind {
        case .all: try principal.require(anyOf: .messagesRead, .channelsRead, .usersRead)
        case .users: try principal.require(.usersRead)
        case .channels: try principal.require(.channelsRead)
        case .messages: try principal.require(.messagesRead)
        }
    }
}

extension Message {
    /// The newest messages that have all words of `text`, where `user` may read. In time an index takes this over.
    static func containing(
        _ text: String, for principal: Principal, limit: Int, _ tx: borrowing Transaction
    ) throws -> [MessageView] {
        let words = Search.words(of: text)
        guard !words.isEmpty else { return [] }
        let conditions: [SQL] = words.map { word in
            """
            \(sqlite: "instr", postgres: "strpos")(messages.search_text, \(word)) > 0
            """
        }
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT messages.id FROM messages JOIN channels ON channels.id = messages.channel_id
            WHERE \(ChannelAccess.isReadable(by: principal)) AND messages.deleted_at IS NULL AND messages.message_type <> 'system'
                AND \(SQL.joined(conditions, separator: " AND "))
            ORDER BY messages.id DESC
            LIMIT \(limit)
            """)
        return try MessageView.find(ids.map(ID.init), tx).reversed().map { $0.seen(by: principal) }
    }
}
