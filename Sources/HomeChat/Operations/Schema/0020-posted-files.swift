import Storage

extension Schema {
    /// Files in the order in which they were posted, and those of a person in the order in which they were uploaded.
    static let postedFiles = Migration(
        "0020-posted-files",
        "DROP INDEX files_by_kind",
        """
        CREATE INDEX files_by_posting ON files (channel_id, message_id, position)
        WHERE channel_id IS NOT NULL
        """,
        """
        CREATE INDEX files_by_kind ON files (channel_id, kind, message_id, position)
        WHERE channel_id IS NOT NULL
        """,
        "DROP INDEX files_by_uploader",
        "CREATE INDEX files_by_uploader ON files (uploader_id, id)"
    )
}
