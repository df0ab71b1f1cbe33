import Storage

extension Schema {
    /// Files in the order in which they were posted, and what somebody keeps in the order in which it was uploaded.
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
        """
    )
}
