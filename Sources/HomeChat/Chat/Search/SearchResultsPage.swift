import Foundation

/// What a search found, as the page shows it.
struct SearchResultsPage: PageContent {
    static let template = "search/results"
    let title = "Search"
    let heading = "Search"
    let query: String
    var sort = SearchRequest.Sort.relevance { didSet { isNewest = sort == .newest } }
    var isNewest = false
    var relevanceHref = ""
    var newestHref = ""
    var hasChannelHits = false
    var channelHits: [ListedChannel] = []
    var hasPeopleHits = false
    var peopleHits: [MemberRow] = []
    var hasMessageHits = false
    var messageHits: [SearchHitRow] = []
    var moreHref: String?
    /// Hits, or a way to more.
    var hasMessages = false
    var hasHits = false
    var isEmpty = false
    /// Says what can be written.
    var explains = true
    var problem: String?

    init(query: String) {
        self.query = query
    }

    mutating func fill(_ found: Search.Result, _ time: LocalTime, _ links: Links) {
        relevanceHref = links.search(query)
        newestHref = links.search(query, sort: .newest)
        channelHits = found.channels.map(ListedChannel.init)
        peopleHits = found.users.map { MemberRow($0, at: found.now) }
        messageHits = found.hits.map { SearchHitRow($0, time) }
        moreHref = found.next.map { links.search(query, sort: sort, cursor: $0) }
        hasChannelHits = !channelHits.isEmpty
        hasPeopleHits = !peopleHits.isEmpty
        hasMessageHits = !messageHits.isEmpty
        hasMessages = hasMessageHits || moreHref != nil
        hasHits = hasChannelHits || hasPeopleHits || hasMessages
        isEmpty = !hasHits
        explains = isEmpty
    }
}

/// A message that was found: who, where, when, and the words around what was looked for.
struct SearchHitRow: View {
    let messageId: String
    let initials: String
    let color: Int
    let displayName: String
    let place: String
    let at: String
    let exact: String
    let pieces: [PieceRow]

    struct PieceRow: View {
        let text: String
        let isMatch: Bool
    }

    init(_ hit: Search.MessageHit, _ time: LocalTime) {
        let view = hit.view
        messageId = view.message.id.description
        initials = view.author.initials
        color = view.author.colorIndex
        displayName = view.author.displayName
        place = hit.place
        at = view.message.createdAt.iso8601
        exact = time.exact(view.message.createdAt)
        pieces = hit.snippet.pieces.map { PieceRow(text: $0.text, isMatch: $0.match) }
    }
}

/// The fields beside the search, which write the query that somebody could have typed.
struct SearchFilterForm {
    let query: String

    /// nil where none of its fields is there.
    init?(_ fields: RequestFields) throws {
        let written = try ["from", "in", "has", "after", "before"].compactMap { key -> String? in
            guard let value = try fields.string(key)?.trimmingCharacters(in: .whitespacesAndNewlines), !value.isEmpty
            else {
                return nil
            }
            return value.contains(where: \.isWhitespace)
                ? "\(key):\"\(value.replacing("\"", with: ""))\"" : "\(key):\(value)"
        }
        guard !written.isEmpty else { return nil }
        query = ([try fields.string("q") ?? ""] + written).filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension Links {
    func search(_ query: String, sort: SearchRequest.Sort = .relevance, cursor: SearchCursor? = nil) -> String {
        to("/search?q=\(query.queryEscaped)") + (sort == .newest ? "&sort=newest" : "")
            + (cursor.map { "&cursor=\($0.text)" } ?? "")
    }
}
