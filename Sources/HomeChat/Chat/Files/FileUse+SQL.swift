import Storage

/// What is stored, in bytes, and how far that was counted: counting on from there costs little, however much there is.
struct FileUse: Sendable {
    /// Of one person, each file as large as it is however often its bytes are there.
    let person: Int64
    private let lastFile: Int64
    /// On the disk; 0 where nobody asked.
    let all: Int64
    private let lastContent: Int64

    /// - Parameter countsAll: the disk too.
    init(of user: User.ID, countsAll: Bool, _ tx: borrowing Transaction) throws {
        (person, lastFile) = try Self.files(of: user, after: 0, tx)
        (all, lastContent) = countsAll ? try Self.contents(after: 0, tx) : (0, 0)
    }

    /// Whether a person may keep so many more now. What went since is only looked for where it decides.
    func hasRoom(for bytes: Int64, of user: User.ID, atMost most: Int, _ tx: borrowing Transaction) throws -> Bool {
        let since = try Self.files(of: user, after: lastFile, tx).bytes
        if person + since + bytes <= Int64(most) { return true }
        return try Self.files(of: user, after: 0, tx).bytes + bytes <= Int64(most)
    }

    /// The same for the disk.
    func hasRoom(for bytes: Int64, atMost most: Int, _ tx: borrowing Transaction) throws -> Bool {
        let since = try Self.contents(after: lastContent, tx).bytes
        if all + since + bytes <= Int64(most) { return true }
        return try Self.contents(after: 0, tx).bytes + bytes <= Int64(most)
    }

    /// On the disk.
    static func all(_ tx: borrowing Transaction) throws -> Int64 { try contents(after: 0, tx).bytes }

    private static func files(
        of user: User.ID, after id: Int64, _ tx: borrowing Transaction
    ) throws -> (bytes: Int64, last: Int64) {
        let sum: Sum = try tx.fetchRequired(
            """
            SELECT CAST(COALESCE(SUM(file_contents.byte_size), 0) AS BIGINT) AS bytes,
                COALESCE(MAX(files.id), \(id)) AS last
            FROM files JOIN file_contents ON file_contents.id = files.content_id
            WHERE files.uploader_id = \(user) AND files.id > \(id)
            """)
        return (sum.bytes, sum.last)
    }

    private static func contents(after id: Int64, _ tx: borrowing Transaction) throws -> (bytes: Int64, last: Int64) {
        let sum: Sum = try tx.fetchRequired(
            """
            SELECT CAST(COALESCE(SUM(byte_size + preview_bytes), 0) AS BIGINT) AS bytes, COALESCE(MAX(id), \(id)) AS last
            FROM file_contents WHERE id > \(id)
            """)
        return (sum.bytes, sum.last)
    }

    private struct Sum: RowDecodable {
        let bytes: Int64
        let last: Int64

        init(row: Row) throws {
            bytes = try row["bytes"]
            last = try row["last"]
        }
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
    /// Bytes that lie in the folder already.
    struct New: Sendable {
        let sha256: String
        let storedAs: String
        let type: String
        let byteSize: Int64
        let image: Image?
        let preview: Preview?
    }

    static func isStored(as name: String, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne("SELECT id FROM file_contents WHERE stored_as = \(name)")
        return found != nil
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
