import Storage

extension File {
    /// What somebody's files come to, each as large as it is however often its bytes are there.
    static func bytes(of user: User.ID, _ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired(
            """
            SELECT CAST(COALESCE(SUM(file_contents.byte_size), 0) AS BIGINT)
            FROM files JOIN file_contents ON file_contents.id = files.content_id
            WHERE files.uploader_id = \(user)
            """)
    }
}

extension File {
    /// Whether any of these has no message yet.
    static func wait(_ files: [ID], _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            "SELECT id FROM files WHERE id IN (\(list: files)) AND message_id IS NULL LIMIT 1")
        return found != nil
    }
}

extension FileContent {
    /// What is on the disk.
    static func allBytes(_ tx: borrowing Transaction) throws -> Int64 {
        try tx.fetchRequired(
            "SELECT CAST(COALESCE(SUM(byte_size + preview_bytes), 0) AS BIGINT) FROM file_contents")
    }

    /// Bytes that lie in the folder already.
    struct New: Sendable {
        let sha256: String
        let storedAs: String
        let type: String
        let byteSize: Int64
        let image: Image?
        let preview: Preview?
    }

    static func insert(_ new: New, at now: Timestamp, _ tx: borrowing Transaction) throws -> FileContent {
        try tx.execute(
            """
            INSERT INTO file_contents (sha256, stored_as, content_type, byte_size, width, height, frames,
                preview_as, preview_width, preview_height, preview_bytes, created_at)
            VALUES (\(new.sha256), \(new.storedAs), \(new.type), \(new.byteSize),
                \(new.image?.width), \(new.image?.height), \(new.image?.frames),
                \(new.preview?.storedAs), \(new.preview?.width), \(new.preview?.height),
                \(new.preview?.byteSize ?? 0), \(now))
            """)
        return try tx.fetchRequired("SELECT \(columns) FROM file_contents WHERE sha256 = \(new.sha256)")
    }
}
