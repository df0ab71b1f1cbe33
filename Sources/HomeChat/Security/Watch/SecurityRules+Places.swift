import Storage

/// What comes from a new place. Each account has a share of the channel, so that nobody can fill it with their own doings.
extension SecurityRules {
    /// Cards of one account in an hour; what comes after is counted on one more.
    static let placesPerHour: Int64 = 5

    static func signIn(_ entry: AuditEntry, _ tx: borrowing Transaction) throws {
        let fields = entry.fields
        let news = [fields["new_device"] == "true" ? "device" : nil, fields["new_network"] == "true" ? "network" : nil]
            .compactMap(\.self).joined(separator: " and ")
        guard !news.isEmpty, let user = entry.user else { return }
        let subject = "user:\(user)"
        try tell(
            NewPlace(
                kind: "login", user: user, text: "**Sign-in from a new \(news)**\n\(name(entry.actor)) from ",
                many: "**Many sign-ins from new places**\n\(name(entry.actor))",
                actions: [try SecurityButton.thatWasMe.action(subject), try SecurityButton.lockAccount.action(subject)]),
            entry, tx)
    }

    static func tokenUse(_ entry: AuditEntry, _ tx: borrowing Transaction) throws {
        guard let user = entry.user else { return }
        let token = try "\(subject(entry.target, tx)) of \(name(entry.actor))"
        try tell(
            NewPlace(
                kind: "token", user: user, text: "**Token used from a new network**\n\(token), from ",
                many: "**Tokens used from many new networks**\n\(name(entry.actor)), the last one \(token)",
                actions: [
                    try SecurityButton.thatWasMe.action(entry.target),
                    try SecurityButton.revokeToken.action(entry.target),
                ]),
            entry, tx)
    }

    private struct NewPlace {
        let kind: String
        let user: User.ID
        /// What comes before the address.
        let text: String
        let many: String
        let actions: [NewAction]
    }

    private static func tell(_ place: NewPlace, _ entry: AuditEntry, _ tx: borrowing Transaction) throws {
        let now = entry.createdAt
        guard let channel = try SecurityChannel.open(at: now, tx) else { return }
        let (one, more) = ("\(place.kind):\(place.user):", "\(place.kind)s:\(place.user):")
        let since = now - .hours(1)
        guard try channel.cards(one, since: since, atMost: placesPerHour, tx) >= placesPerHour else {
            return try channel.post(
                place.text + address(entry.ipAddress), key: one + "\(entry.id)", place.actions, at: now, tx)
        }
        let card = try channel.card(more, since: since, tx)
        if let card, card.updatedAt + cardPause > now { return }
        let count = try entry.likeIt(since: since, atMost: countedAtMost, tx)
        let number = count == countedAtMost ? "\(count) or more" : "\(count)"
        try channel.post(
            "\(place.many), \(number) in an hour, the last from \(address(entry.ipAddress))",
            key: card?.key ?? more + "\(entry.id)", place.actions, at: now, tx)
    }
}

extension AuditEntry {
    /// How often the same happened to the same account, from new places alone.
    fileprivate func likeIt(since moment: Timestamp, atMost limit: Int64, _ tx: borrowing Transaction) throws -> Int64 {
        let isNew: SQL =
            action == AuditAction.login.rawValue
            ? "AND (details LIKE '%\"new_device\":\"true\"%' OR details LIKE '%\"new_network\":\"true\"%')" : ""
        return try tx.fetchRequired(
            """
            SELECT COUNT(*) FROM (
                SELECT id FROM audit_logs
                WHERE user_id = \(user) AND action = \(action) AND created_at > \(moment) \(isNew)
                LIMIT \(limit)) recent
            """)
    }
}
