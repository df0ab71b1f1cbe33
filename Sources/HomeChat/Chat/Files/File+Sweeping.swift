import Storage

extension File {
    /// Files that have waited for their message since before.
    static func areForgotten(before moment: Timestamp, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            "SELECT id FROM files WHERE message_id IS NULL AND created_at < \(moment) LIMIT 1")
        return found != nil
    }

    /// - Returns: how many there were, `limit` at most.
    static func dropForgotten(before moment: Timestamp, atMost limit: Int, _ tx: borrowing Transaction) throws -> Int {
        try tx.execute(
            """
            DELETE FROM files
            WHERE id IN (
                SELECT id FROM files WHERE message_id IS NULL AND created_at < \(moment)
                ORDER BY created_at LIMIT \(limit))
            """)
    }
}

extension FileContent {
    /// Everything that may have bytes has its line here.
    private static let isUnused: SQL = """
        NOT EXISTS (SELECT 1 FROM files WHERE files.content_id = file_contents.id)
            AND NOT EXISTS (SELECT 1 FROM linked_pages WHERE linked_pages.image_id = file_contents.id)
        """

    /// What nothing referred to at this moment.
    static func unused(atMost limit: Int, _ tx: borrowing Transaction) throws -> [ID] {
        let ids: [Int64] = try tx.fetchAll("SELECT id FROM file_contents WHERE \(isUnused) ORDER BY id LIMIT \(limit)")
        return ids.map(ID.init)
    }

    /// Removes those of them to which nothing refers now.
    /// - Returns: what their bytes are called on the disk.
    static func removeUnused(_ ids: [ID], _ tx: borrowing Transaction) throws -> [String] {
        let removed: [StoredNames] = try tx.fetchAll(
            """
            DELETE FROM file_contents WHERE id IN (\(list: ids)) AND \(isUnused)
            RETURNING stored_as, preview_as
            """)
        return removed.flatMap(\.names)
    }

    /// All names on the disk that begin so: two digits, like the folder that they are in.
    static func names(beginning start: String, _ tx: borrowing Transaction) throws -> Set<String> {
        // Behind the last digit there is.
        let end = start + "g"
        let names: [String] = try tx.fetchAll(
            """
            SELECT stored_as FROM file_contents WHERE stored_as >= \(start) AND stored_as < \(end)
            UNION ALL
            SELECT preview_as FROM file_contents WHERE preview_as >= \(start) AND preview_as < \(end)
            """)
        return Set(names)
    }
}

private struct StoredNames: RowDecodable {
    let names: [String]

    init(row: Row) throws {
        let preview: String? = try row["preview_as"]
        names = [try row["stored_as"]] + (preview.map { [$0] } ?? [])
    }
}
