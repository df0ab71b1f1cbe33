import Storage

/// On SQLite the index is an FTS5 table that keeps no text and no positions: terms, and for each the messages that have it.
extension SearchIndex {
    /// FTS5 merges what it has in pieces of many megabytes, thirty milliseconds in which nobody writes. So it is told to
    /// leave that (0016-search), and does a little every few messages: pages of 4 kB, two milliseconds at most.
    private static let mergeEvery: Int64 = 8
    private static let mergedPages = 16
    /// A long text fills pages of its own, so there is more to merge.
    private static let termsPerPage = 32

    static func storeInSQLite(
        _ old: Set<String>?, _ new: Set<String>?, at place: Place, _ tx: borrowing Transaction
    ) throws {
        let id = place.message
        if let old {
            // What stays needs no word. The command comes even so: it counts the rows.
            let gone = keys(new.map(old.subtracting) ?? old, in: place.channel)
            try tx.execute("INSERT INTO messages_fts (messages_fts, rowid, terms) VALUES ('delete', \(id), \(gone))")
        }
        guard let new else { return }
        let added = old.map(new.subtracting) ?? new
        try tx.execute("INSERT INTO messages_fts (rowid, terms) VALUES (\(id), \(keys(added, in: place.channel)))")
        let pages = (id.value % mergeEvery == 0 ? mergedPages : 0) + added.count / termsPerPage
        if pages >= mergedPages {
            try tx.execute("INSERT INTO messages_fts (messages_fts, rank) VALUES ('merge', \(pages))")
        }
    }

    /// What FTS5 is asked: in any of these channels, all of the groups, of each group one term.
    static func expression(_ groups: [[String]], in channels: some Collection<Channel.ID>) -> String {
        channels.map { channel in
            let all = groups.map { group in
                "(" + group.map { "\"\(key($0, in: channel))\"" }.joined(separator: " OR ") + ")"
            }
            return "(" + all.joined(separator: " AND ") + ")"
        }.joined(separator: " OR ")
    }

    /// The newest messages that fit, as `id`.
    static func newestInSQLite(_ expression: String, _ ids: ClosedRange<Int64>, limit: Int) -> SQL {
        """
        SELECT rowid AS id FROM messages_fts
        WHERE messages_fts MATCH \(expression) AND rowid >= \(ids.lowerBound) AND rowid <= \(ids.upperBound)
        ORDER BY rowid DESC
        LIMIT \(limit)
        """
    }
}
