import Storage

/// What takes how much room, in bytes.
struct DiskUse: Sendable {
    let database: any Database
    let folder: FileFolder

    struct Figures: RowDecodable, Sendable {
        let database: Int64
        /// Each once, however many messages have it.
        let files: Int64
        let previews: Int64
        /// Files of messages, and those that wait for theirs.
        let count: Int64
        /// Those that were ever uploaded.
        let everUploaded: Int64
        /// On the disk of the files; nil where the system does not say.
        var free: Int64?

        init(row: Row) throws {
            database = try row["database_bytes"]
            files = try row["file_bytes"]
            previews = try row["preview_bytes"]
            count = try row["file_count"]
            everUploaded = try row["ever_uploaded"]
        }
    }

    func figures(as principal: Principal) async throws -> Figures {
        try principal.requireAdmin()
        let size: SQL = "\(sqlite: Self.sqliteSize, postgres: "pg_database_size(current_database())")"
        let ever: SQL = "\(sqlite: Self.sqliteLast, postgres: Self.postgresLast)"
        var figures: Figures = try await database.read { tx in
            try tx.fetchRequired(
                """
                SELECT CAST(\(size) AS BIGINT) AS database_bytes,
                    CAST(COALESCE((SELECT SUM(byte_size) FROM file_contents), 0) AS BIGINT) AS file_bytes,
                    CAST(COALESCE((SELECT SUM(preview_bytes) FROM file_contents), 0) AS BIGINT) AS preview_bytes,
                    (SELECT COUNT(*) FROM files) AS file_count, COALESCE(\(ever), 0) AS ever_uploaded
                """)
        }
        figures.free = folder.freeBytes()
        return figures
    }

    private static let sqliteSize: StaticString =
        "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())"
    /// The last number that was given, which only grows.
    private static let sqliteLast: StaticString = "(SELECT seq FROM sqlite_sequence WHERE name = 'files')"
    private static let postgresLast: StaticString =
        "pg_sequence_last_value(pg_get_serial_sequence('files', 'id')::regclass)"
}
