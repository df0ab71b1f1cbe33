import Storage

extension Schema {
    static let files = Migration(
        "0015-files",
        """
        CREATE TABLE file_contents (
            id \(type: .id),
            sha256 \(type: .key) NOT NULL UNIQUE,
            stored_as \(type: .key) NOT NULL UNIQUE,
            content_type \(type: .key) NOT NULL,
            byte_size \(type: .integer) NOT NULL CHECK (byte_size >= 0),
            width \(type: .integer),
            height \(type: .integer),
            frames \(type: .integer),
            preview_as \(type: .key) UNIQUE,
            preview_width \(type: .integer),
            preview_height \(type: .integer),
            preview_bytes \(type: .integer) NOT NULL DEFAULT 0,
            created_at \(type: .time) NOT NULL,
            CHECK ((width IS NULL) = (height IS NULL) AND (width IS NULL) = (frames IS NULL)),
            CHECK ((preview_as IS NULL) = (preview_width IS NULL) AND (preview_as IS NULL) = (preview_height IS NULL))
        ) \(type: .strict)
        """,
        // A file has a message, or waits for one; with the message it goes.
        """
        CREATE TABLE files (
            id \(type: .id),
            key \(type: .key) NOT NULL UNIQUE,
            content_id \(type: .reference) NOT NULL REFERENCES file_contents (id) ON DELETE RESTRICT,
            uploader_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
            channel_id \(type: .reference) REFERENCES channels (id) ON DELETE CASCADE,
            message_id \(type: .reference) REFERENCES messages (id) ON DELETE CASCADE,
            position \(type: .integer) NOT NULL DEFAULT 0,
            name \(type: .text) NOT NULL,
            kind \(type: .key) NOT NULL CHECK (kind IN ('image', 'video', 'audio', 'document')),
            created_at \(type: .time) NOT NULL,
            CHECK ((message_id IS NULL) = (channel_id IS NULL))
        ) \(type: .strict)
        """,
        "CREATE INDEX files_by_message ON files (message_id, position) WHERE message_id IS NOT NULL",
        "CREATE INDEX files_by_channel ON files (channel_id, id) WHERE channel_id IS NOT NULL",
        "CREATE INDEX files_by_content ON files (content_id)",
        "CREATE INDEX files_by_uploader ON files (uploader_id)",
        "CREATE INDEX files_waiting ON files (created_at) WHERE message_id IS NULL",
        "ALTER TABLE channels ADD COLUMN retention_days \(type: .integer) CHECK (retention_days > 0)"
    )
}
