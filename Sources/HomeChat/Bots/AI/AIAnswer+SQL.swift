import Storage

extension Message {
    /// More of a message that is not whole yet: nothing is kept of what it was before.
    static func grow(
        _ id: ID, to text: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try setSearchEntry(SearchEntry(text), of: id, tx)
        try tx.execute(
            """
            UPDATE messages SET content = \(text), updated_at = \(now)
            WHERE id = \(id) AND deleted_at IS NULL
            """)
    }
}
