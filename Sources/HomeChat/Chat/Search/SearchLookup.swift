import Storage

/// Asks the index, newest first. It may give too much, never too little: each text is looked at again.
struct SearchLookup {
    /// Expressions grow with the channels, and PostgreSQL's have a bound.
    static let channelsAtOnce = 500
    /// How many terms one lookup may name, roughly. On SQLite each costs 50 microseconds: it is looked up in some twenty places.
    private static let terms = 640
    /// How many pieces of a word are asked for: few at first, and more where too much has them all and not the word.
    private static let pieces = (few: 5, many: 12)
    /// Whoever looks for more words has found it by these.
    private static let words = 16
    /// How many messages one search looks at, whatever it finds among them.
    static let budget = 10_000
    private static let largestBatch = 2000

    let query: SearchQuery
    let scope: SearchScope

    struct Hit {
        let id: Int64
        let text: [Unicode.Scalar]
    }

    struct Walk {
        var hits: [Hit] = []
        /// The newest that it looked at; nil: nothing was there.
        var began: Int64?
        /// How far it came; nil: to the end.
        var reached: Int64?
    }

    /// The newest `wanted` that fit, and not newer than `newest`.
    func walk(_ wanted: Int, from newest: Int64, _ tx: borrowing Transaction) throws -> Walk {
        if tx.engine == .postgres { try SearchIndex.preferIndexInPostgres(tx) }
        var walk = Walk(reached: newest)
        var looked = 0
        // PostgreSQL collects all that fit for each batch, however small.
        var batch = tx.engine == .postgres ? Self.largestBatch : min(wanted + wanted / 4 + 8, Self.largestBatch)
        var pieces = Self.pieces.few
        var from = min(newest, scope.ids.upperBound)
        while walk.hits.count < wanted, looked < Self.budget {
            guard from >= scope.ids.lowerBound else {
                walk.reached = nil
                return walk
            }
            let found = try candidates(scope.ids.lowerBound...from, pieces, limit: batch, tx)
            walk.began = walk.began ?? found.first?.id
            walk.hits += found.lazy.compactMap(hit).prefix(wanted - walk.hits.count)
            guard found.count == batch, let last = found.last else {
                walk.reached = walk.hits.count == wanted ? walk.hits.last?.id : nil
                return walk
            }
            looked += batch
            walk.reached = walk.hits.count == wanted ? walk.hits.last?.id : last.id
            from = last.id - 1
            pieces = Self.pieces.many
            batch = min(batch * 4, Self.largestBatch, Self.budget - looked)
        }
        return walk
    }

    private func hit(_ candidate: Candidate) -> Hit? {
        guard let text = candidate.text else { return nil }
        let letters = Array(text.unicodeScalars)
        guard query.terms.allSatisfy({ $0.isIn(letters) }), !query.excluded.contains(where: { $0.isIn(letters) }) else {
            return nil
        }
        return Hit(id: candidate.id, text: letters)
    }

    /// What the index gives, with the texts of those that the rest of the query leaves.
    private func candidates(
        _ ids: ClosedRange<Int64>, _ pieces: Int, limit: Int, _ tx: borrowing Transaction
    ) throws -> [Candidate] {
        var found: [Candidate] = []
        for start in stride(from: 0, to: scope.channels.count, by: Self.channelsAtOnce) {
            let channels = scope.channels[start..<min(start + Self.channelsAtOnce, scope.channels.count)]
            let groups = groups(for: channels.count, pieces)
            let newest = SearchIndex.newest(groups, in: channels, ids, limit: limit, on: tx.engine)
            found += try tx.fetchAll(
                """
                WITH found AS MATERIALIZED (\(newest))
                SELECT found.id, CASE WHEN \(isLeft) THEN messages.search_text END AS text
                FROM found LEFT JOIN messages ON messages.id = found.id
                ORDER BY found.id DESC
                """)
        }
        guard scope.channels.count > Self.channelsAtOnce else { return found }
        return Array(found.sorted { $0.id > $1.id }.prefix(limit))
    }

    /// All of these, of each one.
    private func groups(for channels: Int, _ pieces: Int) -> [[String]] {
        // Long ones are in few messages.
        let words = query.terms.sorted { $0.length > $1.length }.prefix(Self.words)
        let pieces = min(Self.terms / max(channels * words.count, 1), pieces)
        var groups = words.flatMap { $0.indexTerms(atMost: pieces) }.map { [$0] }
        if let authors = scope.authors { groups.append(authors.map(SearchTerms.author)) }
        groups += query.facts.terms.map { [$0] }
        return groups.isEmpty ? [[SearchTerms.any]] : groups
    }

    /// What the index does not know, or could know wrongly for a moment.
    private var isLeft: SQL {
        var conditions: [SQL] = ["messages.deleted_at IS NULL", "messages.message_type <> 'system'"]
        if let time = scope.time {
            conditions.append(
                "messages.created_at >= \(time.lowerBound) AND messages.created_at < \(time.upperBound)")
        }
        if !scope.excludedAuthors.isEmpty {
            conditions.append("messages.author_id NOT IN (\(list: scope.excludedAuthors))")
        }
        if !query.excludedFacts.isEmpty {
            conditions.append("(messages.search_facts & \(query.excludedFacts)) = 0")
        }
        return SQL.joined(conditions, separator: " AND ")
    }

    private struct Candidate: RowDecodable {
        let id: Int64
        let text: String?

        init(row: Row) throws {
            id = try row["id"]
            text = try row["text"]
        }
    }
}
