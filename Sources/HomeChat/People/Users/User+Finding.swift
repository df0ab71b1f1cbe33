import Storage

extension User {
    /// So many are found by what they are called; where there are more, those of whom a user name has it come first.
    private static let compared = 5000

    /// People whose user name or shown name has `text` in it, as a search compares letters; those that begin with it first.
    static func matching(
        _ text: String, for principal: Principal, limit: Int, _ tx: borrowing Transaction
    ) throws -> [User] {
        let key = nameKey(text)
        let isShown: SQL = "\(isHere) AND id <> \(principal.user) AND \(PersonAccess.isVisible(to: principal))"
        guard !key.isEmpty else {
            return try tx.fetchAll("SELECT \(columns) FROM users WHERE \(isShown) ORDER BY name_key LIMIT \(limit)")
        }
        let position: SQL = """
            \(sqlite: "instr", postgres: "strpos")(name_key, \(key))
            """
        // The letters are compared here, since each engine has its own idea of capitals, and neither of accents.
        let people: [NamedPerson] = try tx.fetchAll(
            """
            SELECT id, name_key, display_name FROM users
            WHERE \(isShown)
            ORDER BY CASE WHEN \(position) > 0 THEN 0 ELSE 1 END, name_key
            LIMIT \(compared)
            """)
        let wanted = FoldedText(key).scalars
        let ranked = people.compactMap { person in person.rank(of: wanted).map { (rank: $0, person: person) } }
            .sorted { ($0.rank, $0.person.key) < ($1.rank, $1.person.key) }
        let ids = ranked.prefix(limit).map(\.person.id)
        let found = Dictionary(uniqueKeysWithValues: try find(ids, tx).map { ($0.id, $0) })
        return ids.compactMap { found[$0] }
    }
}

/// What somebody is found by.
private struct NamedPerson: RowDecodable {
    let id: User.ID
    let key: String
    let displayName: String

    init(row: Row) throws {
        id = try row["id"]
        key = try row["name_key"]
        displayName = try row["display_name"]
    }

    /// 0 where one of the names begins with it, 1 where it stands further on.
    func rank(of wanted: [Unicode.Scalar]) -> Int? {
        let positions = [key, displayName].compactMap { FoldedText($0).scalars.index(of: wanted, from: 0) }
        return positions.min().map { min($0, 1) }
    }
}
