import Storage

extension SearchLookup {
    struct Page {
        var messages: [Message.ID] = []
        var next: SearchCursor?
    }

    /// Among so many of the newest the best are looked for.
    static let ranked = 1000

    func page(of request: SearchRequest, _ tx: borrowing Transaction) throws -> Page {
        switch request.cursor {
        case nil where request.sort == .newest: try newest(request.limit, from: .max, tx)
        case nil: try best(request.limit, from: .max, after: nil, tx)
        case .before(let id): try newest(request.limit, from: id.value - 1, tx)
        case .olderThan(let id): try best(request.limit, from: id.value - 1, after: nil, tx)
        case .after(let score, let id, let newest):
            try best(request.limit, from: newest.value, after: (score, id.value), tx)
        }
    }

    private func newest(_ limit: Int, from newest: Int64, _ tx: borrowing Transaction) throws -> Page {
        let walk = try walk(limit + 1, from: newest, tx)
        let messages = walk.hits.prefix(limit).map { Message.ID($0.id) }
        guard walk.hits.count <= limit else {
            return Page(messages: messages, next: messages.last.map(SearchCursor.before))
        }
        // What was looked at may have been too much for one search: then the next goes on from there.
        return Page(messages: messages, next: walk.reached.map { .before(Message.ID($0)) })
    }

    private func best(
        _ limit: Int, from newest: Int64, after last: (score: Int, id: Int64)?, _ tx: borrowing Transaction
    ) throws -> Page {
        let walk = try walk(Self.ranked, from: newest, tx)
        guard let began = walk.began else { return Page() }
        var scored = walk.hits.map { (score: Relevance.score($0.text, query.terms), id: $0.id) }
        if let last { scored = scored.filter { ($0.score, $0.id) < last } }
        scored.sort { $0 > $1 }
        let best = scored.prefix(limit)
        var page = Page(messages: best.map { Message.ID($0.id) })
        if scored.count > limit {
            page.next = best.last.map { .after(score: $0.score, Message.ID($0.id), newest: Message.ID(began)) }
        } else if walk.hits.count < Self.ranked {
            // What was looked at was too much for one search, and the newest that fit are not all here: it goes on.
            page.next = walk.reached.map { .olderThan(Message.ID($0)) }
        }
        return page
    }
}
