import Storage

/// Which messages have which terms, channel by channel: the rights of readers are part of what is looked up.
///
/// Kept in the transaction that changes the message. How the engines keep it stands in `SearchIndex+SQLite` and
/// `SearchIndex+Postgres`; all else is the same on both.
enum SearchIndex {
    /// Where a message stands in the index.
    struct Place: RowDecodable {
        let message: Message.ID
        let channel: Channel.ID
        let author: User.ID
        let createdAt: Timestamp

        init(_ message: Message) {
            self.message = message.id
            channel = message.channel
            author = message.author
            createdAt = message.createdAt
        }

        init(row: Row) throws {
            message = try row["id"]
            channel = try row["channel_id"]
            author = try row["author_id"]
            createdAt = try row["created_at"]
        }
    }

    static func add(_ entry: SearchEntry, at place: Place, _ tx: borrowing Transaction) throws {
        try store(nil, entry.terms.union([SearchTerms.author(place.author)]), at: place, tx)
        try SearchSpan.note(place, tx)
    }

    /// - Parameter old: what it was added with, or replaced by, the last time.
    static func replace(
        _ old: SearchEntry, by new: SearchEntry, at place: Place, _ tx: borrowing Transaction
    ) throws {
        guard old.terms != new.terms else { return }
        let author = SearchTerms.author(place.author)
        try store(old.terms.union([author]), new.terms.union([author]), at: place, tx)
    }

    static func remove(_ entry: SearchEntry, at place: Place, _ tx: borrowing Transaction) throws {
        try store(entry.terms.union([SearchTerms.author(place.author)]), nil, at: place, tx)
    }

    /// - Parameters:
    ///   - old: the terms that it has; nil: it is not there.
    ///   - new: the terms that it shall have; nil: it shall not be there.
    private static func store(
        _ old: Set<String>?, _ new: Set<String>?, at place: Place, _ tx: borrowing Transaction
    ) throws {
        switch tx.engine {
        case .sqlite: try storeInSQLite(old, new, at: place, tx)
        case .postgres: try storeInPostgres(new, at: place, tx)
        }
    }

    /// The newest messages that have all of the groups, of each group one term, in one of these channels: as `id`.
    static func newest(
        _ groups: [[String]], in channels: some Collection<Channel.ID>, _ ids: ClosedRange<Int64>, limit: Int,
        on engine: Engine
    ) -> SQL {
        switch engine {
        case .sqlite: newestInSQLite(expression(groups, in: channels), ids, limit: limit)
        case .postgres: newestInPostgres(tsquery(groups, in: channels), ids, limit: limit)
        }
    }

    /// A term as it stands in the index. Channels stand behind the text: what many of them have lies together.
    static func key(_ term: String, in channel: Channel.ID) -> String { "\(term)\u{A0}\(channel)" }

    static func keys(_ terms: some Collection<String>, in channel: Channel.ID) -> String {
        let ending = "\u{A0}\(channel) "
        var text = ""
        text.reserveCapacity(terms.count * 24)
        for term in terms {
            text += term
            text += ending
        }
        return text
    }
}

extension SearchIndex {
    /// Each time the index is begun anew it has the next number; a message is in it that has the same.
    static func generation(_ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired("SELECT generation FROM search_state")
    }

    /// The same in a statement; nought for what is not in the index.
    static func generation(ifIndexed isIndexed: Bool) -> SQL {
        isIndexed ? "(SELECT generation FROM search_state)" : "0"
    }

    /// Empties it. Everything that can be found has to be added again, which `SearchBacklog` does.
    static func beginAnew(_ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE search_state SET generation = generation + 1")
        try tx.execute("DELETE FROM search_spans")
        try tx.execute(
            """
            \(sqlite: "INSERT INTO messages_fts (messages_fts) VALUES ('delete-all')", postgres: "TRUNCATE messages_fts")
            """)
    }
}

extension SearchIndex {
    /// Whether a message is found by what it should be.
    static func has(_ entry: SearchEntry, at place: Place, _ tx: borrowing Transaction) throws -> Bool {
        let groups = entry.terms.sorted().prefix(200).map { [$0] } + [[SearchTerms.author(place.author)]]
        let id = place.message.value
        let found: [Int64] = try tx.fetchAll(newest(groups, in: [place.channel], id...id, limit: 1, on: tx.engine))
        return !found.isEmpty
    }
}
