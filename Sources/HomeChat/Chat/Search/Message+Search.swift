import Storage

/// What a message is found by, as it stands in its row. Nothing else writes these columns.
extension Message {
    /// Makes a message found by something else than before.
    static func setSearchEntry(_ entry: SearchEntry, of id: ID, _ tx: borrowing Transaction) throws {
        guard let row = try SearchRow.find(id, tx) else { return }
        try tx.execute(
            """
            UPDATE messages SET search_text = \(entry.text), search_facts = \(entry.facts)
            WHERE id = \(id)
            """)
        // One that waits for the index comes into it as it is then.
        guard row.isIndexed else { return }
        try SearchIndex.replace(row.entry, by: entry, at: row.place, tx)
    }

    /// Takes messages out for good, before they are erased.
    static func removeSearchEntries(of ids: [ID], _ tx: borrowing Transaction) throws {
        let indexed = try SearchRow.indexed(ids, tx)
        try tx.execute(
            """
            UPDATE messages SET search_text = '', search_facts = 0, search_generation = 0
            WHERE id IN (\(list: ids))
            """)
        for row in indexed { try SearchIndex.remove(row.entry, at: row.place, tx) }
    }
}

extension MessageDraft {
    /// With the names of its files, which the database knows.
    func searchEntry(_ tx: borrowing Transaction) throws -> SearchEntry {
        files.isEmpty ? searchEntry : SearchEntry(text, files: try SearchedFile.find(files, tx))
    }
}

extension SearchedFile: RowDecodable {
    init(row: Row) throws {
        name = try row["name"]
        kind = try File.Kind(rawValue: row["kind"]) ?? .document
    }

    static func find(_ ids: [File.ID], _ tx: borrowing Transaction) throws -> [SearchedFile] {
        try tx.fetchAll("SELECT name, kind FROM files WHERE id IN (\(list: ids)) ORDER BY id")
    }

    static func find(of message: Message.ID, _ tx: borrowing Transaction) throws -> [SearchedFile] {
        try tx.fetchAll("SELECT name, kind FROM files WHERE message_id = \(message) ORDER BY id")
    }
}

/// What is looked up before it changes.
private struct SearchRow: RowDecodable {
    let place: SearchIndex.Place
    let entry: SearchEntry
    let isIndexed: Bool

    init(row: Row) throws {
        place = try SearchIndex.Place(row: row)
        entry = try SearchEntry(folded: row["search_text"], facts: row["search_facts"])
        isIndexed = try row["is_indexed"]
    }

    private static let rows: SQL = """
        SELECT id, channel_id, author_id, created_at, search_text, search_facts,
            search_generation = (SELECT generation FROM search_state) AS is_indexed
        FROM messages
        """

    static func find(_ id: Message.ID, _ tx: borrowing Transaction) throws -> SearchRow? {
        try tx.fetchOne("\(rows) WHERE id = \(id) AND deleted_at IS NULL")
    }

    /// In the order that the index likes.
    static func indexed(_ ids: [Message.ID], _ tx: borrowing Transaction) throws -> [SearchRow] {
        try tx.fetchAll(
            """
            \(rows) WHERE id IN (\(list: ids)) AND search_generation = (SELECT generation FROM search_state)
            ORDER BY id
            """)
    }
}
