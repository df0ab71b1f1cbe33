import Storage

/// On PostgreSQL the index is a table with the terms of each message as a `tsvector`, under GIN.
extension SearchIndex {
    static func storeInPostgres(_ new: Set<String>?, at place: Place, _ tx: borrowing Transaction) throws {
        guard let new else {
            try tx.execute("DELETE FROM messages_fts WHERE message_id = \(place.message)")
            return
        }
        let terms = keys(new, in: place.channel)
        try tx.execute(
            """
            INSERT INTO messages_fts (message_id, terms)
            VALUES (\(place.message), array_to_tsvector(string_to_array(rtrim(\(terms)), ' ')))
            ON CONFLICT (message_id) DO UPDATE SET terms = excluded.terms
            """)
    }

    /// The planner takes a question about many channels for one that most messages fit, and would read all of them: a second
    /// and a half where the index takes 50 ms (200,000 messages).
    static func preferIndexInPostgres(_ tx: borrowing Transaction) throws {
        try tx.execute("SET LOCAL enable_seqscan = off")
    }

    /// The same question as `expression`, in the other engine's words.
    static func tsquery(_ groups: [[String]], in channels: some Collection<Channel.ID>) -> String {
        channels.map { channel in
            let all = groups.map { group in
                "(" + group.map { "'\(key($0, in: channel))'" }.joined(separator: " | ") + ")"
            }
            return "(" + all.joined(separator: " & ") + ")"
        }.joined(separator: " | ")
    }

    /// The newest messages that fit, as `id`. The sums keep the planner from walking along all messages instead.
    static func newestInPostgres(_ tsquery: String, _ ids: ClosedRange<Int64>, limit: Int) -> SQL {
        """
        SELECT message_id AS id FROM messages_fts
        WHERE terms @@ CAST(\(tsquery) AS tsquery)
            AND message_id + 0 >= \(ids.lowerBound) AND message_id + 0 <= \(ids.upperBound)
        ORDER BY message_id + 0 DESC
        LIMIT \(limit)
        """
    }
}
