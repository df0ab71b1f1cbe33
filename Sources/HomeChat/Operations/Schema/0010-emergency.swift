import Storage

extension Schema {
    /// What is in force, and which locks came from it: so that lifting undoes those and no others.
    static let emergency = Migration(
        "0010-emergency",
        """
        CREATE TABLE emergency_measures (
            name \(type: .key) NOT NULL PRIMARY KEY CHECK (name IN ('lockdown', 'sign_ups', 'read_only')),
            began_at \(type: .time) NOT NULL,
            begun_by \(type: .text) NOT NULL
        ) \(type: .strict)
        """,
        """
        CREATE TABLE emergency_locks (
            user_id \(type: .reference) NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            locked_until \(type: .time) NOT NULL,
            earlier \(type: .time)
        ) \(type: .strict)
        """
    )
}
