import Storage

/// Which open connections no session, token or account stands behind any more.
enum OpenDoors {
    private static let atOnce = 500

    /// - Parameter tags: those of `Principal.tags`; others are passed over.
    static func closed(among tags: [String], at now: Timestamp, _ tx: borrowing Transaction) throws -> [String] {
        let usable: SQL = """
            users.deleted_at IS NULL AND (users.locked_until IS NULL OR users.locked_until <= \(now))
                AND \(Bot.isUsableAccount(at: now))
            """
        return try closed(tags, "session:", tx) { "SELECT id FROM sessions WHERE id IN (\(list: $0))" }
            + closed(tags, "token:", tx) {
                "SELECT id FROM api_tokens WHERE id IN (\(list: $0)) AND revoked_at IS NULL AND \(SiteSettings.allowsTokens)"
            }
            + closed(tags, "user:", tx) { "SELECT users.id FROM users WHERE users.id IN (\(list: $0)) AND \(usable)" }
    }

    private static func closed(
        _ tags: [String], _ prefix: String, _ tx: borrowing Transaction, _ living: (ArraySlice<Int64>) -> SQL
    ) throws -> [String] {
        let ids = tags.filter { $0.hasPrefix(prefix) }.compactMap { Int64($0.dropFirst(prefix.count)) }
        var gone = Set(ids)
        for start in stride(from: 0, to: ids.count, by: atOnce) {
            let found: [Int64] = try tx.fetchAll(living(ids[start..<min(start + atOnce, ids.count)]))
            gone.subtract(found)
        }
        return gone.map { prefix + String($0) }
    }
}
