extension RequestFields {
    /// A number of days; JSON `null` or an empty field of a form for what is usual; nil where nothing is said.
    func retention(_ field: String) throws -> RetentionChoice? {
        if isCleared(field) { return .usual }
        return try number(field).map { try RetentionChoice(days: Int64($0), field: field) }
    }
}
