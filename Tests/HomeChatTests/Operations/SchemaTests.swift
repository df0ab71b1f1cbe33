import Storage
import Testing

@testable import HomeChat

@Suite struct SchemaTests {
    /// Every query that grows with use, and the index it has to use.
    @Test func `what grows with use is found by an index`() async throws {
        try await withHouse { house in
            guard house.server.database.engine == .sqlite else { return }
            let plans: [(SQL, String)] = [
                (
                    "SELECT id FROM messages WHERE channel_id = 1 AND id < 9 AND deleted_at IS NULL ORDER BY id DESC LIMIT 50",
                    "messages_by_channel"
                ),
                (
                    "SELECT id FROM messages WHERE channel_id = 1 AND updated_at >= 5 ORDER BY updated_at LIMIT 5",
                    "messages_by_change"
                ),
                (
                    "SELECT id FROM messages WHERE thread_id = 1 AND deleted_at IS NULL ORDER BY id DESC LIMIT 5",
                    "messages_by_thread"
                ),
                ("SELECT id FROM messages WHERE author_id = 1 AND nonce = 'x'", "sqlite_autoindex_messages_1"),
                ("SELECT id FROM sessions WHERE token_hash = x'00'", "sqlite_autoindex_sessions_1"),
                (
                    "SELECT id FROM api_tokens WHERE token_hash = x'00' AND revoked_at IS NULL",
                    "sqlite_autoindex_api_tokens_1"
                ),
                ("SELECT channel_id FROM memberships WHERE user_id = 1", "memberships_by_user"),
                (
                    """
                    SELECT id FROM files
                    WHERE channel_id = 1 AND (message_id, position) <= (5, 0)
                    ORDER BY message_id DESC, position DESC LIMIT 5
                    """, "files_by_posting"
                ),
                (
                    """
                    SELECT id FROM files
                    WHERE channel_id = 1 AND kind = 'image' AND (message_id, position) <= (5, 0)
                    ORDER BY message_id DESC, position DESC LIMIT 5
                    """, "files_by_kind"
                ),
                (
                    "SELECT user_id FROM memberships WHERE channel_id = 1 AND user_id = 1",
                    "sqlite_autoindex_memberships_1"
                ),
            ]
            for (query, index) in plans {
                let plan: [PlanStep] = try await house.server.database.read { tx in
                    try tx.fetchAll("EXPLAIN QUERY PLAN \(query)")
                }
                #expect(plan.contains { $0.detail.contains(index) }, "\(plan.map(\.detail))")
                #expect(!plan.contains { $0.detail.contains("TEMP B-TREE") }, "\(plan.map(\.detail))")
            }
        }
    }

    @Test func `what somebody keeps is counted on from where it was counted to, by an index`() async throws {
        try await withHouse { house in
            let index: String = try await house.server.database.read { tx in
                let text: SQL =
                    "\(sqlite: "sql FROM sqlite_master WHERE name", postgres: "indexdef FROM pg_indexes WHERE indexname")"
                return try tx.fetchRequired("SELECT \(text) = 'files_by_uploader'")
            }
            #expect(index.hasSuffix("(uploader_id, id)"))
        }
    }

    private struct PlanStep: RowDecodable {
        let detail: String
        init(row: Row) throws { detail = try row["detail"] }
    }
}
