import Storage

/// Whom somebody may know of, and talk to.
enum PersonAccess {
    /// The condition, in a query that names `users`, for the people whom a list shows. Limited accounts and guests see
    /// those who were chosen for them and those who are in their channels.
    static func isVisible(to principal: Principal) -> SQL {
        guard principal.isRestricted else { return "TRUE" }
        let me = principal.user
        return """
            (users.id = \(me)
                OR EXISTS (SELECT 1 FROM chosen_people
                    WHERE chosen_people.user_id = \(me) AND chosen_people.person_id = users.id)
                OR EXISTS (SELECT 1 FROM memberships mine
                    JOIN channels ON channels.id = mine.channel_id AND channels.type <> 'dm'
                    JOIN memberships theirs ON theirs.channel_id = mine.channel_id AND theirs.user_id = users.id
                    WHERE mine.user_id = \(me)))
            """
    }

    /// - Throws: `notFound` for whoever is not there and, word for word the same, for whom the caller may not know of.
    static func require(_ user: User?, for principal: Principal, _ tx: borrowing Transaction) throws -> User {
        guard let user, try isVisible(user.id, to: principal, tx) else { throw ChatError.notFound("user") }
        return user
    }

    /// That these people may have a conversation: whoever is limited among them has it only with chosen people.
    static func requireConversation(
        of people: [User], for principal: Principal, _ tx: borrowing Transaction
    ) throws {
        guard principal.channels == nil else { throw ChatError.forbidden("this token is for its channels alone") }
        for person in people where person.id != principal.user { _ = try require(person, for: principal, tx) }
        for person in people where person.role.isRestricted {
            let chosen = Set(try User.chosen(for: person.id, tx).map(\.id))
            guard people.allSatisfy({ $0.id == person.id || chosen.contains($0.id) }) else {
                throw ChatError.forbidden("an admin chooses who may talk to \(person.username)")
            }
        }
    }

    private static func isVisible(
        _ user: User.ID, to principal: Principal, _ tx: borrowing Transaction
    ) throws -> Bool {
        guard principal.isRestricted else { return true }
        let found: Int64? = try tx.fetchOne(
            "SELECT users.id FROM users WHERE users.id = \(user) AND \(isVisible(to: principal))")
        return found != nil
    }
}
