import Storage

/// Bytes that the folder should hold.
struct ExpectedBytes: RowDecodable, Sendable {
    let content: FileContent.ID
    let name: String
    let byteSize: Int64
    /// nil: a preview, of which nothing more is known.
    let sha256: String?

    init(row: Row) throws {
        content = try row["content_id"]
        name = try row["name"]
        byteSize = try row["byte_size"]
        sha256 = try row["sha256"]
    }

    private static let all: SQL = """
        SELECT id AS content_id, stored_as AS name, byte_size, sha256 FROM file_contents
        UNION ALL
        SELECT id AS content_id, preview_as AS name, preview_bytes AS byte_size, NULL AS sha256 FROM file_contents
        WHERE preview_as IS NOT NULL
        """

    /// With which two digits names begin.
    static func starts(_ tx: borrowing Transaction) throws -> [String] {
        try tx.fetchAll("SELECT DISTINCT SUBSTR(name, 1, 2) AS start FROM (\(all)) expected")
    }

    static func all(beginning start: String, _ tx: borrowing Transaction) throws -> [ExpectedBytes] {
        try tx.fetchAll(
            """
            SELECT content_id, name, byte_size, sha256 FROM (\(all)) expected
            WHERE name >= \(start) AND name < \(start + "g")
            ORDER BY name
            """)
    }

    func isStillExpected(_ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            "SELECT id FROM file_contents WHERE id = \(content) AND (stored_as = \(name) OR preview_as = \(name))")
        return found != nil
    }

    func messages(_ tx: borrowing Transaction) throws -> [Message.ID] {
        let ids: [Int64] = try tx.fetchAll(
            """
            SELECT DISTINCT message_id FROM files WHERE content_id = \(content) AND message_id IS NOT NULL
            ORDER BY message_id LIMIT 20
            """)
        return ids.map(Message.ID.init)
    }
}
