import Storage

/// What can be found in time, but not yet: messages from before there was an index, those that something else wrote into the
/// database, and all of them after the index was begun anew. The newest come first.
package struct SearchBacklog: Sendable {
    /// What one transaction takes in.
    static let slice = 200

    let database: any Database

    /// Takes in whatever waits. Safe beside anybody who posts, edits or does the same.
    /// - Parameter progress: told how many there are after each slice.
    package func work(progress: (Int) throws -> Void = { _ in }) async throws {
        var count = 0
        // None at all: others were changing them, or they cannot be taken. Another time.
        while !Task.isCancelled, case let taken = try await takeSlice(), taken > 0 {
            count += taken
            try progress(count)
        }
    }

    /// Empties the index and fills it again. Meanwhile less is found, and nothing else waits.
    package func rebuild(progress: (Int) throws -> Void = { _ in }) async throws {
        try await database.write { tx in try SearchIndex.beginAnew(tx) }
        try await work(progress: progress)
    }

    package func count() async throws -> Int {
        try await database.read { tx in
            try tx.fetchRequired(
                """
                SELECT COUNT(*) FROM messages
                WHERE search_generation < \(try SearchIndex.generation(tx)) AND \(Unindexed.isSearched)
                """)
        }
    }

    /// - Returns: how many were taken in.
    func takeSlice() async throws -> Int {
        let waiting = try await database.read { tx in try Unindexed.newest(Self.slice, tx) }
        guard !waiting.isEmpty else { return 0 }
        let entries = waiting.map { ($0, SearchEntry($0.content, files: $0.files)) }
        return try await database.write { tx in
            try entries.count { message, entry in try message.take(entry, tx) }
        }
    }
}

/// A message that is not in the index yet.
private struct Unindexed: RowDecodable {
    let place: SearchIndex.Place
    let content: String
    let updatedAt: Timestamp
    var files: [SearchedFile] = []

    /// As the index says that finds them.
    static let isSearched: SQL = "deleted_at IS NULL AND message_type <> 'system'"

    init(row: Row) throws {
        place = try SearchIndex.Place(row: row)
        content = try row["content"]
        updatedAt = try row["updated_at"]
    }

    /// The newest of them, in the order of their ids, which is the one that the index likes.
    static func newest(_ limit: Int, _ tx: borrowing Transaction) throws -> [Unindexed] {
        let generation: Int64? = try tx.fetchOne(
            """
            SELECT search_generation FROM messages
            WHERE search_generation < \(try SearchIndex.generation(tx)) AND \(isSearched)
            ORDER BY search_generation DESC LIMIT 1
            """)
        guard let generation else { return [] }
        let found: [Unindexed] = try tx.fetchAll(
            """
            SELECT id, channel_id, author_id, created_at, updated_at, content FROM messages
            WHERE search_generation = \(generation) AND \(isSearched)
            ORDER BY id DESC
            LIMIT \(limit)
            """)
        let files = try File.find(of: found.map(\.place.message), tx)
        return found.reversed().map { message in
            var message = message
            message.files = (files[message.place.message] ?? []).map { SearchedFile(name: $0.name, kind: $0.kind) }
            return message
        }
    }

    /// Unless it was edited or deleted meanwhile, or somebody else has taken it.
    func take(_ entry: SearchEntry, _ tx: borrowing Transaction) throws -> Bool {
        let generation = try SearchIndex.generation(tx)
        let taken = try tx.execute(
            """
            UPDATE messages
            SET search_text = \(entry.text), search_facts = \(entry.facts), search_generation = \(generation)
            WHERE id = \(place.message) AND search_generation < \(generation) AND \(Self.isSearched)
                AND updated_at = \(updatedAt) AND content = \(content)
            """)
        if taken > 0 { try SearchIndex.add(entry, at: place, tx) }
        return taken > 0
    }
}
