import Storage

/// How many there are of everything, at one moment.
package struct Metrics: Sendable {
    let database: any Database
    let now: @Sendable () -> Timestamp

    struct Figures: RowDecodable, Sendable {
        let users, admins, online: Int64
        let channels, activeChannels: Int64
        let messages, messagesToday: Int64
        let waitingDeliveries, deadDeliveries: Int64

        init(row: Row) throws {
            users = try row["users"]
            admins = try row["admins"]
            online = try row["online"]
            channels = try row["channels"]
            activeChannels = try row["active_channels"]
            messages = try row["messages"]
            messagesToday = try row["messages_today"]
            waitingDeliveries = try row["waiting_deliveries"]
            deadDeliveries = try row["dead_deliveries"]
        }
    }

    /// "Today" is the last 24 hours: nobody's midnight is everybody's.
    func figures(as principal: Principal) async throws -> Figures {
        try principal.requireAdmin()
        return try await database.read { [now] tx in
            let moment = now()
            let yesterday = moment - .days(1)
            return try tx.fetchRequired(
                """
                SELECT (SELECT COUNT(*) FROM users WHERE deleted_at IS NULL) AS users,
                    (SELECT COUNT(*) FROM users WHERE deleted_at IS NULL AND role = 'admin') AS admins,
                    (SELECT COUNT(*) FROM users WHERE online_until > \(moment)) AS online,
                    (SELECT COUNT(*) FROM channels WHERE deleted_at IS NULL) AS channels,
                    (SELECT COUNT(*) FROM channels WHERE EXISTS (SELECT 1 FROM messages
                        WHERE messages.channel_id = channels.id AND messages.updated_at >= \(yesterday))) AS active_channels,
                    (SELECT COUNT(*) FROM messages WHERE deleted_at IS NULL) AS messages,
                    (SELECT COUNT(*) FROM messages
                        WHERE created_at >= \(yesterday) AND deleted_at IS NULL) AS messages_today,
                    (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting') AS waiting_deliveries,
                    (SELECT COUNT(*) FROM deliveries WHERE state = 'dead') AS dead_deliveries
                """)
        }
    }
}
