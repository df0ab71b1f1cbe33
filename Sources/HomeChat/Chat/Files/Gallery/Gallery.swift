import Storage

/// A file with the message that it came with.
package struct SharedFile: Sendable {
    package let file: File
    package let message: Message.ID
    package let postedAt: Timestamp
    package let author: MessageView.Person
}

/// Some files of a channel, the last posted first.
package struct FilePage: Sendable {
    package let files: [SharedFile]
    package let hasMore: Bool
}

extension Files {
    /// - Parameters:
    ///   - kind: nil for all.
    ///   - before: the last file that the caller has.
    package func gallery(
        of channel: Channel.ID, kind: File.Kind?, before: File.ID?, limit: Int, as principal: Principal
    ) async throws -> FilePage {
        try await database.read { tx in
            let access = try ChannelAccess.require(.read, in: channel, for: principal, tx)
            let found = try SharedFile.page(in: access, kind: kind, before: before, limit: limit + 1, tx)
            return FilePage(files: Array(found.prefix(limit)), hasMore: found.count > limit)
        }
    }
}

extension SharedFile: RowDecodable {
    package init(row: Row) throws {
        file = try File(row: row)
        message = try row["message_id"]
        postedAt = try row["posted_at"]
        author = try MessageView.Person(
            id: row["user_id"], username: row["username"], displayName: row["display_name"])
    }

    static func page(
        in access: ChannelAccess, kind: File.Kind?, before: File.ID?, limit: Int, _ tx: borrowing Transaction
    ) throws -> [SharedFile] {
        let isKind: SQL = kind.map { "AND files.kind = \($0.rawValue)" } ?? ""
        let isOlder: SQL = before.map { isBefore($0, in: access) } ?? ""
        return try tx.fetchAll(
            """
            SELECT \(File.columns), messages.created_at AS posted_at, users.id AS user_id, users.username,
                users.display_name
            FROM files
            JOIN file_contents ON file_contents.id = files.content_id
            JOIN messages ON messages.id = files.message_id AND messages.deleted_at IS NULL
            JOIN users ON users.id = messages.author_id
            WHERE files.channel_id = \(access.channel) \(isKind) \(isOlder)
            ORDER BY files.message_id DESC, files.position DESC
            LIMIT \(limit)
            """)
    }

    /// By when they were posted, and not by when they were uploaded. Where that file is gone with its message, the one that was
    /// uploaded before it says where it was, so that whoever turns pages meanwhile goes on.
    private static func isBefore(_ file: File.ID, in access: ChannelAccess) -> SQL {
        """
        AND files.id <> \(file)
        AND (files.message_id, files.position) <= (
            SELECT message_id, position FROM files
            WHERE channel_id = \(access.channel) AND id <= \(file) ORDER BY id DESC LIMIT 1)
        """
    }
}
