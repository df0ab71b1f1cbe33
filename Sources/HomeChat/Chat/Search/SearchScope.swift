import Foundation
import Storage

/// Where and in what a query looks: what it names, within what somebody may read. Looked up in the transaction of the search,
/// so whoever was removed a moment ago finds nothing.
struct SearchScope {
    static let maximumAuthors = 20

    let channels: [Channel.ID]
    /// nil: anybody's. None where nobody has a name that was asked for.
    let authors: [User.ID]?
    let excludedAuthors: [User.ID]
    let time: Range<Timestamp>?
    let ids: ClosedRange<Int64>

    var isEmpty: Bool { channels.isEmpty || authors?.isEmpty == true }

    init(_ query: SearchQuery, for principal: Principal, at now: Timestamp, _ tx: borrowing Transaction) throws {
        channels = try Self.channels(query, principal, tx)
        var names = AuthorNames(asker: principal.user)
        authors = query.authors.isEmpty ? nil : try query.authors.flatMap { try names.users(named: $0, tx) }
        excludedAuthors = try query.excludedAuthors.flatMap { try names.users(named: $0, tx) }
        time = query.times.isEmpty ? nil : query.time(in: try Self.zone(of: principal, tx), at: now)
        ids = try time.map { try SearchSpan.ids(in: $0, tx) ?? 0...0 } ?? 1...Int64.max
    }

    private static func channels(
        _ query: SearchQuery, _ principal: Principal, _ tx: borrowing Transaction
    ) throws -> [Channel.ID] {
        var conditions = [ChannelAccess.isReadable(by: principal)]
        if !query.places.isEmpty {
            let any = query.places.map { $0.condition(for: principal) }
            conditions.append("(\(SQL.joined(any, separator: " OR ")))")
        }
        conditions += query.excludedPlaces.map { "NOT \($0.condition(for: principal))" }
        let found: [Int64] = try tx.fetchAll(
            "SELECT channels.id FROM channels WHERE \(SQL.joined(conditions, separator: " AND ")) ORDER BY channels.id")
        return found.map(Channel.ID.init)
    }

    private static func zone(of principal: Principal, _ tx: borrowing Transaction) throws -> TimeZone {
        let name: String? = try tx.fetchOne("SELECT time_zone FROM users WHERE id = \(principal.user)")
        return name.flatMap { $0.isEmpty ? nil : TimeZone(identifier: $0) } ?? .gmt
    }
}

extension SearchQuery.Place {
    /// In a query that names `channels`.
    fileprivate func condition(for principal: Principal) -> SQL {
        switch self {
        case .channel(let name): "(channels.type <> 'dm' AND channels.name_key = \(nameKey(name)))"
        case .person(let name): Self.conversation(with: name, principal)
        case .named(let name):
            "(channels.name_key = \(nameKey(name)) OR \(Self.conversation(with: name, principal)))"
        }
    }

    private static func conversation(with name: String, _ principal: Principal) -> SQL {
        """
        (channels.type = 'dm' AND EXISTS (
            SELECT 1 FROM memberships partner JOIN users person ON person.id = partner.user_id
            WHERE partner.channel_id = channels.id AND partner.user_id <> \(principal.user)
                AND person.name_key = \(nameKey(name))))
        """
    }
}

/// Whom the names of a query mean. What people are called is read once for all of them, and only where it matters.
private struct AuthorNames {
    let asker: User.ID
    private var called: [String: [User.ID]]?

    init(asker: User.ID) {
        self.asker = asker
    }

    /// Whoever signs in so, or else whoever is called so. It tells nobody who is there: those whom somebody may not know
    /// have said nothing where they read.
    mutating func users(named name: String, _ tx: borrowing Transaction) throws -> [User.ID] {
        if name.lowercased() == "me" { return [asker] }
        let user: Int64? = try tx.fetchOne("SELECT id FROM users WHERE name_key = \(nameKey(name))")
        if let user { return [User.ID(user)] }
        let called = try self.called ?? Called.all(tx)
        self.called = called
        return Array(called[FoldedText(name).text, default: []].prefix(SearchScope.maximumAuthors))
    }
}

/// What people are called, for those who write first names.
private struct Called: RowDecodable {
    let user: User.ID
    let name: String

    init(row: Row) throws {
        user = try row["id"]
        name = try row["display_name"]
    }

    /// By whole names and by each word of them, folded.
    static func all(_ tx: borrowing Transaction) throws -> [String: [User.ID]] {
        let people: [Called] = try tx.fetchAll("SELECT id, display_name FROM users ORDER BY id LIMIT 5000")
        return people.reduce(into: [:]) { called, person in
            let folded = FoldedText(person.name).text
            for name in Set([folded] + folded.split(separator: " ").map(String.init)) {
                called[name, default: []].append(person.user)
            }
        }
    }
}
