import Storage

extension LinkedPage: RowDecodable {
    static let columns: SQL =
        "linked_pages.id, linked_pages.url, linked_pages.title, linked_pages.summary, linked_pages.site"

    package init(row: Row) throws {
        id = try row["id"]
        url = try row["url"]
        title = try row["title"]
        summary = try row["summary"]
        site = try row["site"]
        let content: FileContent.ID? = try row["content_id"]
        image = try content.map { _ in try FileContent(row: row) }
    }
}

extension LinkedPage {
    /// What messages say, and whether they linked to something before. Nothing is fetched of what the house itself says.
    static func texts(of messages: [Message.ID], _ tx: borrowing Transaction) throws -> [LinkingText] {
        try tx.fetchAll(
            """
            SELECT messages.id, messages.channel_id, messages.content,
                EXISTS (SELECT 1 FROM message_links WHERE message_links.message_id = messages.id) AS is_linked
            FROM messages JOIN channels ON channels.id = messages.channel_id
            WHERE messages.id IN (\(list: messages)) AND messages.deleted_at IS NULL
                AND messages.message_type <> 'system' AND channels.purpose IS NULL
            """)
    }

    /// Keeps what a message links to, and nothing else. What is not known yet, or was long ago, is to be fetched. A preview that
    /// was taken away stays away as long as the link is there.
    static func link(
        _ addresses: [String], to message: Message.ID, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            DELETE FROM message_links
            WHERE message_id = \(message) AND page_id NOT IN (
                SELECT id FROM linked_pages WHERE url_key IN (\(list: addresses.map(key))))
            """)
        for (position, address) in addresses.enumerated() {
            let page: Int64 = try tx.fetchRequired(
                """
                INSERT INTO linked_pages (url_key, url, state, changed_at)
                VALUES (\(key(of: address)), \(address), 'waiting', \(now))
                ON CONFLICT (url_key) DO UPDATE SET state = CASE
                    WHEN linked_pages.state = 'ready' AND linked_pages.changed_at < \(now - freshness) THEN 'waiting'
                    WHEN linked_pages.state = 'failed' AND linked_pages.changed_at < \(now - patience) THEN 'waiting'
                    ELSE linked_pages.state END
                RETURNING id
                """)
            // It may have been deleted since it was read.
            try tx.execute(
                """
                INSERT INTO message_links (message_id, page_id, position)
                SELECT messages.id, \(page), \(position) FROM messages
                WHERE messages.id = \(message) AND messages.deleted_at IS NULL
                ON CONFLICT (message_id, page_id) DO UPDATE SET position = excluded.position
                """)
        }
    }

    static func unlink(_ messages: [Message.ID], _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM message_links WHERE message_id IN (\(list: messages))")
    }

    /// - Returns: false where there is no such preview.
    static func hide(_ page: ID, of message: Message.ID, _ tx: borrowing Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE message_links SET is_hidden = TRUE
            WHERE message_id = \(message) AND page_id = \(page) AND is_hidden = FALSE
            """) > 0
    }

    /// In order.
    static func shown(below message: Message.ID, _ tx: borrowing Transaction) throws -> [ID] {
        try find(of: [message], tx)[message, default: []].map(\.id)
    }

    /// What is shown below these messages.
    static func find(of messages: [Message.ID], _ tx: borrowing Transaction) throws -> [Message.ID: [LinkedPage]] {
        let links: [MessageLink] = try tx.fetchAll(
            """
            SELECT message_links.message_id, \(columns), \(FileContent.columns)
            FROM message_links
            JOIN linked_pages ON linked_pages.id = message_links.page_id AND linked_pages.title <> ''
            LEFT JOIN file_contents ON file_contents.id = linked_pages.image_id
            WHERE message_links.message_id IN (\(list: messages)) AND message_links.is_hidden = FALSE
            ORDER BY message_links.message_id, message_links.position
            """)
        return Dictionary(grouping: links, by: \.message).mapValues { $0.map(\.page) }
    }
}

extension LinkedPage {
    /// A page that somebody has to fetch, and where that somebody's right to it ends.
    struct Errand: RowDecodable, Sendable {
        let page: ID
        let url: String

        init(row: Row) throws {
            page = try row["id"]
            url = try row["url"]
        }
    }

    /// How long whoever took an errand may be silent before another node takes it.
    private static let lease = Duration.minutes(2)

    static func claim(atMost limit: Int, at now: Timestamp, _ tx: borrowing Transaction) throws -> [Errand] {
        try tx.fetchAll(
            """
            UPDATE linked_pages SET state = 'fetching', changed_at = \(now)
            WHERE id IN (
                SELECT id FROM linked_pages
                WHERE state = 'waiting' OR state = 'fetching' AND changed_at < \(now - lease)
                ORDER BY id LIMIT \(limit))
            RETURNING id, url
            """)
    }

    static func hasErrands(at now: Timestamp, _ tx: borrowing Transaction) throws -> Bool {
        let found: Int64? = try tx.fetchOne(
            """
            SELECT id FROM linked_pages
            WHERE state = 'waiting' OR state = 'fetching' AND changed_at < \(now - lease) LIMIT 1
            """)
        return found != nil
    }

    static func setDescription(
        _ description: PageDescription, image: FileContent.ID?, of page: ID, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws {
        try tx.execute(
            """
            UPDATE linked_pages
            SET state = 'ready', title = \(description.title), summary = \(description.summary), site = \(description.site),
                image_id = \(image), changed_at = \(now)
            WHERE id = \(page)
            """)
    }

    /// What was known of it stays.
    static func setFailed(_ page: ID, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE linked_pages SET state = 'failed', changed_at = \(now) WHERE id = \(page)")
    }

    /// The newest messages that show it.
    static func messages(with page: ID, _ tx: borrowing Transaction) throws -> [Message] {
        try tx.fetchAll(
            """
            SELECT \(Message.columns)
            FROM message_links JOIN messages ON messages.id = message_links.message_id
            WHERE message_links.page_id = \(page) AND message_links.is_hidden = FALSE AND messages.deleted_at IS NULL
            ORDER BY messages.id DESC LIMIT 100
            """)
    }

    /// Pages that no message links to any more.
    static func removeOld(before moment: Timestamp, _ tx: borrowing Transaction) throws {
        let removed = try tx.execute(
            """
            DELETE FROM linked_pages
            WHERE id IN (
                SELECT id FROM linked_pages
                WHERE changed_at < \(moment)
                    AND NOT EXISTS (SELECT 1 FROM message_links WHERE message_links.page_id = linked_pages.id)
                LIMIT 500)
            """)
        if removed > 0 { tx.announce(.filesDropped) }
    }
}

/// A message that may link to something.
struct LinkingText: RowDecodable, Sendable {
    let message: Message.ID
    let channel: Channel.ID
    let text: String
    let isLinked: Bool

    init(row: Row) throws {
        message = try row["id"]
        channel = try row["channel_id"]
        text = try row["content"]
        isLinked = try row["is_linked"]
    }
}

private struct MessageLink: RowDecodable {
    let message: Message.ID
    let page: LinkedPage

    init(row: Row) throws {
        message = try row["message_id"]
        page = try LinkedPage(row: row)
    }
}
