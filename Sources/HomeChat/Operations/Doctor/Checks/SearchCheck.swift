import Storage

/// Whether messages are found by what they say: a few are looked up, the newest and the oldest.
struct SearchCheck: Sendable {
    static let question = DoctorQuestion("search_index", "Messages can be found")
    private static let sample = 50

    let database: any Database

    func check() async throws -> DoctorCheck {
        let waiting = try await SearchBacklog(database: database).count()
        let (looked, lost) = try await database.read { tx in
            let messages = try IndexedMessage.sample(Self.sample, tx)
            return (messages.count, try messages.count { !(try SearchIndex.has($0.entry, at: $0.place, tx)) })
        }
        guard lost == 0 else {
            return Self.question.fail(
                "\(lost) of \(looked) messages are not in the index", fix: "homechat search rebuild")
        }
        let seen = "\(looked) messages were looked up"
        guard waiting == 0 else {
            return Self.question.warn(
                "\(seen); \(waiting) wait for the index",
                fix: "leave the server running: it takes them in, the newest first")
        }
        return Self.question.pass("\(seen), none wait")
    }
}

/// A message that the index should have.
private struct IndexedMessage: RowDecodable {
    let place: SearchIndex.Place
    let entry: SearchEntry

    init(row: Row) throws {
        place = try SearchIndex.Place(row: row)
        entry = try SearchEntry(folded: row["search_text"], facts: row["search_facts"])
    }

    static func sample(_ count: Int, _ tx: borrowing Transaction) throws -> [IndexedMessage] {
        let generation = try SearchIndex.generation(tx)
        let messages: SQL = """
            SELECT id, channel_id, author_id, created_at, search_text, search_facts FROM messages
            WHERE search_generation = \(generation) AND deleted_at IS NULL AND message_type <> 'system'
            """
        let newest: [IndexedMessage] = try tx.fetchAll("\(messages) ORDER BY id DESC LIMIT \(count)")
        let oldest: [IndexedMessage] = try tx.fetchAll("\(messages) ORDER BY id LIMIT \(count)")
        let known = Set(newest.map(\.place.message))
        return newest + oldest.filter { !known.contains($0.place.message) }
    }
}
