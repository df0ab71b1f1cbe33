import Storage

extension Schema {
    /// The token that a file came by. It may be gone by now, so it refers to nothing.
    static let waitingFiles = Migration(
        "0019-waiting-files",
        "ALTER TABLE files ADD COLUMN token_id \(type: .integer)"
    )
}
