import Storage

extension Schema {
    /// What is too old is found without a look at the rest; a deleted channel is gone at once, and its messages slice by slice.
    static let retention = Migration(
        "0018-retention",
        "ALTER TABLE channels ADD COLUMN deleted_at \(type: .time)",
        "CREATE INDEX channels_deleted ON channels (deleted_at) WHERE deleted_at IS NOT NULL",
        "CREATE INDEX messages_by_age ON messages (channel_id, created_at) WHERE deleted_at IS NULL",
        "CREATE INDEX messages_deleted ON messages (deleted_at) WHERE deleted_at IS NOT NULL",
        "CREATE INDEX files_by_kind ON files (channel_id, kind, id) WHERE channel_id IS NOT NULL"
    )
}
