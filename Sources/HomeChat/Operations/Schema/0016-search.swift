import Storage

extension Schema {
    /// The index of messages, and how far it is. FTS5 is told to merge when we say so, eight pieces at a time.
    static let search = Migration(
        "0016-search",
        "CREATE TABLE search_state (generation \(type: .integer) NOT NULL) \(type: .strict)",
        "INSERT INTO search_state (generation) VALUES (1)",
        """
        CREATE TABLE search_spans (
            span \(type: .integer) NOT NULL PRIMARY KEY,
            oldest \(type: .time) NOT NULL,
            newest \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "ALTER TABLE messages ADD COLUMN search_facts \(type: .integer) NOT NULL DEFAULT 0",
        "ALTER TABLE messages ADD COLUMN search_generation \(type: .integer) NOT NULL DEFAULT 0",
        """
        CREATE INDEX messages_by_search_generation ON messages (search_generation, id)
        WHERE deleted_at IS NULL AND message_type <> 'system'
        """,
        """
        \(sqlite: """
            CREATE VIRTUAL TABLE messages_fts
            USING fts5(terms, content='', detail=none, columnsize=0, tokenize='ascii')
            """, postgres: """
            CREATE TABLE messages_fts (
                message_id BIGINT NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
                terms tsvector NOT NULL
            )
            """)
        """,
        """
        \(sqlite: "INSERT INTO messages_fts (messages_fts, rank) VALUES ('automerge', 0), ('usermerge', 8)",
            postgres: "CREATE INDEX messages_fts_terms ON messages_fts USING GIN (terms)")
        """
    )
}
