import Storage

extension Schema {
    static let linkPreviews = Migration(
        "0017-link-previews",
        """
        CREATE TABLE linked_pages (
            id \(type: .id),
            url_key \(type: .key) NOT NULL UNIQUE,
            url \(type: .text) NOT NULL,
            state \(type: .key) NOT NULL CHECK (state IN ('waiting', 'fetching', 'ready', 'failed')),
            title \(type: .text) NOT NULL DEFAULT '',
            summary \(type: .text) NOT NULL DEFAULT '',
            site \(type: .text) NOT NULL DEFAULT '',
            image_id \(type: .reference) REFERENCES file_contents (id) ON DELETE RESTRICT,
            changed_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX linked_pages_open ON linked_pages (id) WHERE state IN ('waiting', 'fetching')",
        "CREATE INDEX linked_pages_by_image ON linked_pages (image_id) WHERE image_id IS NOT NULL",
        "CREATE INDEX linked_pages_by_age ON linked_pages (changed_at)",
        """
        CREATE TABLE message_links (
            message_id \(type: .reference) NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            page_id \(type: .reference) NOT NULL REFERENCES linked_pages (id) ON DELETE CASCADE,
            position \(type: .integer) NOT NULL,
            is_hidden \(type: .boolean) NOT NULL DEFAULT FALSE,
            PRIMARY KEY (message_id, page_id)
        ) \(type: .strict)
        """,
        "CREATE INDEX message_links_by_page ON message_links (page_id, message_id)"
    )
}
