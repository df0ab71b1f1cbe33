import Storage
import Testing

@testable import HomeChat

extension House {
    /// The texts that somebody finds, in the order in which they come.
    func found(
        _ query: String, _ sort: SearchRequest.Sort = .newest, limit: Int = 100, as principal: Principal
    ) async throws -> [String] {
        try await search(query, sort, limit: limit, as: principal).messages.map(\.message.content)
    }

    func search(
        _ query: String, _ sort: SearchRequest.Sort = .newest, limit: Int = 100, from cursor: SearchCursor? = nil,
        as principal: Principal
    ) async throws -> Search.Result {
        var request = try SearchRequest(query)
        (request.kind, request.sort, request.limit, request.cursor) = (.messages, sort, limit, cursor)
        return try await server.search.find(request, as: principal)
    }

    func post(_ texts: String..., in channel: Channel.ID? = nil) async throws {
        for text in texts { _ = try await post(text, in: channel ?? home, as: ana) }
    }

    /// All that the index has, as text that can be compared.
    func index() async throws -> [String] {
        try await server.database.read { tx in
            let rows: [IndexRow] = try tx.fetchAll(
                "SELECT id, channel_id, author_id, created_at, search_text, search_facts FROM messages ORDER BY id")
            return try rows.map { row in
                let isThere = try SearchIndex.has(row.entry, at: row.place, tx)
                return "\(row.place.message) \(isThere) \(row.entry.text)"
            }
        }
    }
}

struct IndexRow: RowDecodable {
    let place: SearchIndex.Place
    let entry: SearchEntry

    init(row: Row) throws {
        place = try SearchIndex.Place(row: row)
        entry = try SearchEntry(folded: row["search_text"], facts: row["search_facts"])
    }
}
