import Storage

/// From where a token was used: a network of 256 addresses (IPv4 /24) or a site (IPv6 /64), since households change addresses.
package struct TokenNetwork: RowDecodable, Sendable {
    package let token: APIToken.ID
    package let network: String
    package let useCount: Int64
    package let firstSeenAt: Timestamp
    package let lastSeenAt: Timestamp

    /// So many are remembered of each token; the longest unused are forgotten first.
    static let maximum = 100

    package init(row: Row) throws {
        token = try row["token_id"]
        network = try row["network"]
        useCount = try row["use_count"]
        firstSeenAt = try row["first_seen_at"]
        lastSeenAt = try row["last_seen_at"]
    }
}

extension TokenNetwork {
    static func all(of user: User.ID?, _ tx: borrowing Transaction) throws -> [TokenNetwork] {
        let owned: SQL = user.map { "AND api_tokens.user_id = \($0)" } ?? ""
        return try tx.fetchAll(
            """
            SELECT token_id, network, api_token_networks.use_count, first_seen_at, last_seen_at
            FROM api_token_networks JOIN api_tokens ON api_tokens.id = token_id
            WHERE api_tokens.revoked_at IS NULL \(owned)
            ORDER BY last_seen_at DESC, network
            LIMIT 10000
            """)
    }

    /// - Returns: whether the token was used before, and never from there.
    static func note(
        _ network: String, of token: APIToken.ID, times: Int64, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        let updated = try tx.execute(
            """
            UPDATE api_token_networks SET use_count = use_count + \(times), last_seen_at = \(now)
            WHERE token_id = \(token) AND network = \(network)
            """)
        guard updated == 0 else { return false }
        let known: Int64 = try tx.fetchRequired("SELECT COUNT(*) FROM api_token_networks WHERE token_id = \(token)")
        if known >= Self.maximum {
            try tx.execute(
                """
                DELETE FROM api_token_networks WHERE token_id = \(token) AND network = (
                    SELECT network FROM api_token_networks WHERE token_id = \(token)
                    ORDER BY last_seen_at, network LIMIT 1)
                """)
        }
        try tx.execute(
            """
            INSERT INTO api_token_networks (token_id, network, use_count, first_seen_at, last_seen_at)
            VALUES (\(token), \(network), \(times), \(now), \(now))
            """)
        return known > 0
    }
}
