import Storage

extension FileContent: RowDecodable {
    static let columns: SQL = """
        file_contents.id AS content_id, file_contents.sha256, file_contents.stored_as, file_contents.content_type,
        file_contents.byte_size, file_contents.width, file_contents.height, file_contents.frames, file_contents.preview_as,
        file_contents.preview_width, file_contents.preview_height, file_contents.preview_bytes
        """

    package init(row: Row) throws {
        id = try row["content_id"]
        sha256 = try row["sha256"]
        storedAs = try row["stored_as"]
        type = try row["content_type"]
        byteSize = try row["byte_size"]
        if let width: Int64 = try row["width"] {
            image = try Image(width: width, height: row["height"], frames: row["frames"])
        } else {
            image = nil
        }
        if let storedAs: String = try row["preview_as"] {
            preview = try Preview(
                storedAs: storedAs, width: row["preview_width"], height: row["preview_height"],
                byteSize: row["preview_bytes"])
        } else {
            preview = nil
        }
    }

    static func find(sha256: String, _ tx: borrowing Transaction) throws -> FileContent? {
        try tx.fetchOne("SELECT \(columns) FROM file_contents WHERE sha256 = \(sha256)")
    }
}

extension File: RowDecodable {
    static let columns: SQL = """
        files.id, files.key, files.name, files.kind, files.uploader_id, files.message_id, files.created_at,
        \(FileContent.columns)
        """

    package init(row: Row) throws {
        id = try row["id"]
        key = try row["key"]
        name = try row["name"]
        kind = try Kind(rawValue: row["kind"]) ?? .document
        uploader = try row["uploader_id"]
        message = try row["message_id"]
        createdAt = try row["created_at"]
        content = try FileContent(row: row)
    }
}

extension File {
    private static let rows: SQL =
        "SELECT \(columns) FROM files JOIN file_contents ON file_contents.id = files.content_id"

    static func find(key: String, _ tx: borrowing Transaction) throws -> File? {
        try tx.fetchOne("\(rows) WHERE files.key = \(key)")
    }

    /// What these messages came with, in the order in which it was sent.
    static func find(of messages: [Message.ID], _ tx: borrowing Transaction) throws -> [Message.ID: [File]] {
        let files: [File] = try tx.fetchAll(
            "\(rows) WHERE files.message_id IN (\(list: messages)) ORDER BY files.message_id, files.position")
        return Dictionary(grouping: files.filter { $0.message != nil }) { $0.message ?? .init(0) }
    }

    /// A file that waits for its message.
    static func insert(
        named name: String, _ content: FileContent, by uploader: Uploader, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws -> File {
        let key = randomKey()
        try tx.execute(
            """
            INSERT INTO files (key, content_id, uploader_id, token_id, name, kind, created_at)
            VALUES (\(key), \(content.id), \(uploader.user), \(uploader.token), \(name),
                \(Kind(type: content.type).rawValue), \(now))
            """)
        return try tx.fetchRequired("\(rows) WHERE files.key = \(key)")
    }

    static func waits(_ id: ID, for uploader: Uploader, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne("SELECT id FROM files WHERE files.id = \(id) AND \(uploader.isWaiting)")
        return found != nil
    }

    /// Gives files that wait to their message. Each can be given once, by whoever uploaded it.
    static func give(
        _ ids: [ID], to message: Message.ID, in access: ChannelAccess, _ tx: borrowing Transaction
    ) throws {
        for (position, id) in ids.enumerated() {
            let given = try tx.execute(
                """
                UPDATE files SET message_id = \(message), channel_id = \(access.channel), position = \(position)
                WHERE files.id = \(id) AND \(access.uploader.isWaiting)
                """)
            guard given > 0 else {
                throw ChatError.invalid("file_ids", "has a file that is not yours, or not there any more")
            }
        }
    }

    static func withdraw(_ id: ID, by uploader: Uploader, _ tx: borrowing Transaction) throws -> Bool {
        let isThere = try tx.execute("DELETE FROM files WHERE files.id = \(id) AND \(uploader.isWaiting)") > 0
        if isThere { tx.announce(.filesDropped) }
        return isThere
    }

    /// The bytes go when nothing refers to them any more.
    static func remove(of messages: [Message.ID], _ tx: borrowing Transaction) throws {
        let removed = try tx.execute("DELETE FROM files WHERE message_id IN (\(list: messages))")
        if removed > 0 { tx.announce(.filesDropped) }
    }

    /// What somebody uploaded and never sent.
    static func withdrawAll(by user: User.ID, _ tx: borrowing Transaction) throws {
        let removed = try tx.execute("DELETE FROM files WHERE uploader_id = \(user) AND message_id IS NULL")
        if removed > 0 { tx.announce(.filesDropped) }
    }
}
