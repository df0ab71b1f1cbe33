import Foundation
import Storage

/// Finding people, channels and messages by words.
package struct Search: Sendable {
    let database: any Database
    let limits: RateLimits
    let now: @Sendable () -> Timestamp

    package struct Result: Sendable {
        package var users: [User] = []
        package var channels: [ChannelSummary] = []
        package var hits: [MessageHit] = []
        /// Where more messages are; nil: nowhere.
        var next: SearchCursor?
        package var now: Timestamp

        package var messages: [MessageView] { hits.map(\.view) }
    }

    package struct MessageHit: Sendable {
        package let view: MessageView
        /// What its channel is called in lists: a conversation by its people.
        let place: String
        let snippet: Snippet
    }

    package func find(_ text: String, as principal: Principal) async throws -> Result {
        try await find(SearchRequest(text), as: principal)
    }

    /// How often at most one search looks further among the older messages while nothing fits.
    private static let looks = 5

    package func find(_ request: SearchRequest, as principal: Principal) async throws -> Result {
        try Self.require(request.kind, principal)
        try limits.spend(.search, for: principal)
        var result = try await look(request, principal)
        var further = request
        for _ in 1..<Self.looks where result.hits.isEmpty && result.next != nil {
            further.cursor = result.next
            // A reading of its own, for which access is decided anew and which holds nobody up.
            let older = try await look(further, principal)
            (result.hits, result.next) = (older.hits, older.next)
        }
        return result
    }

    private func look(_ request: SearchRequest, _ principal: Principal) async throws -> Result {
        var (result, messages) = try await database.read { [now] tx in
            var result = Result(now: now())
            var messages: [FoundMessage] = []
            // People and channels stand before the messages, on the first page.
            let words = request.query.words.joined(separator: " ")
            let isFirst = request.cursor == nil && SearchQuery.isLongEnough(words)
            if isFirst, request.includes(.users), principal.has(.usersRead) {
                result.users = try User.matching(words, for: principal, limit: request.limit, tx)
            }
            if isFirst, request.includes(.channels), principal.has(.channelsRead) {
                let visible = try ChannelSummary.all(.visible, for: principal, at: result.now, tx)
                result.channels = Array(visible.lazy.filter { $0.isCalled(words) }.prefix(request.limit))
            }
            if request.includes(.messages), principal.has(.messagesRead) {
                (messages, result.next) = try Self.messages(request, principal, at: result.now, tx)
            }
            return (result, messages)
        }
        // Only now: a long text takes its time, in which others want to read.
        result.hits = messages.map { found in
            MessageHit(view: found.view, place: found.place, snippet: Snippet(of: found.view, request.query.terms))
        }
        return result
    }

    private struct FoundMessage: Sendable {
        let view: MessageView
        let place: String
    }

    private static func messages(
        _ request: SearchRequest, _ principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> ([FoundMessage], SearchCursor?) {
        let query = request.query
        guard !query.isEmpty else { return ([], nil) }
        let scope = try SearchScope(query, for: principal, at: now, tx)
        guard !scope.isEmpty else { return ([], nil) }
        let page = try SearchLookup(query: query, scope: scope).page(of: request, tx)
        let views = try MessageView.find(page.messages, tx)
        let conversations = try Conversation.names(in: Set(views.map(\.message.channel)), for: principal, tx)
        let found = views.map { view in
            FoundMessage(
                view: view.seen(by: principal), place: conversations[view.message.channel] ?? view.channelName)
        }
        let byID = Dictionary(found.map { ($0.view.message.id, $0) }, uniquingKeysWith: { first, _ in first })
        return (page.messages.compactMap { byID[$0] }, page.next)
    }

    /// Whoever looks for everything gets what they may.
    private static func require(_ kind: SearchRequest.Kind, _ principal: Principal) throws {
        switch kind {
        case .all: try principal.require(anyOf: .messagesRead, .channelsRead, .usersRead)
        case .users: try principal.require(.usersRead)
        case .channels: try principal.require(.channelsRead)
        case .messages: try principal.require(.messagesRead)
        }
    }
}

extension SearchRequest {
    fileprivate func includes(_ kind: Kind) -> Bool { self.kind == .all || self.kind == kind }
}

extension ChannelSummary {
    fileprivate func isCalled(_ words: String) -> Bool {
        FoldedText(title).text.contains(FoldedText(words).text)
    }
}

/// Who else is in a direct message.
private struct Conversation: RowDecodable {
    let channel: Channel.ID
    let name: String

    init(row: Row) throws {
        channel = try row["channel_id"]
        name = try row["display_name"]
    }

    static func names(
        in channels: Set<Channel.ID>, for principal: Principal, _ tx: borrowing Transaction
    ) throws -> [Channel.ID: String] {
        let people: [Conversation] = try tx.fetchAll(
            """
            SELECT memberships.channel_id, users.display_name
            FROM channels JOIN memberships ON memberships.channel_id = channels.id
                JOIN users ON users.id = memberships.user_id
            WHERE channels.id IN (\(list: channels.sorted())) AND channels.type = 'dm' AND users.id <> \(principal.user)
            ORDER BY users.name_key
            """)
        return Dictionary(grouping: people, by: \.channel).mapValues { $0.map(\.name).joined(separator: ", ") }
    }
}
