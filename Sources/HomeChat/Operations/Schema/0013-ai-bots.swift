import Storage

extension Schema {
    /// What an AI bot asks and how; and what it was asked, until that is answered.
    static let aiBots = Migration(
        "0013-ai-bots",
        """
        CREATE TABLE ai_bots (
            bot_id \(type: .reference) NOT NULL PRIMARY KEY REFERENCES bots (id) ON DELETE CASCADE,
            endpoint \(type: .text) NOT NULL,
            model \(type: .text) NOT NULL,
            api_key \(type: .bytes),
            prompt \(type: .text) NOT NULL,
            context_messages \(type: .integer) NOT NULL,
            networks \(type: .text) NOT NULL,
            hourly_per_person \(type: .integer) NOT NULL,
            daily \(type: .integer) NOT NULL,
            timeout_seconds \(type: .integer) NOT NULL,
            tool_states \(type: .text) NOT NULL,
            tool_services \(type: .text) NOT NULL
        ) \(type: .strict)
        """,
        """
        CREATE TABLE ai_requests (
            id \(type: .id),
            bot_id \(type: .reference) NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
            message_id \(type: .reference) NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
            asker_id \(type: .reference) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            answer_id \(type: .reference) REFERENCES messages (id) ON DELETE SET NULL,
            state \(type: .key) NOT NULL CHECK (state IN
                ('waiting', 'working', 'asking', 'approved', 'doing', 'done', 'failed', 'limited', 'dropped')),
            attempts \(type: .integer) NOT NULL DEFAULT 0,
            calls \(type: .text) NOT NULL DEFAULT '',
            decided_by \(type: .reference) REFERENCES users (id) ON DELETE SET NULL,
            leased_by \(type: .text),
            leased_until \(type: .time),
            created_at \(type: .time) NOT NULL,
            changed_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX ai_requests_open ON ai_requests (id) WHERE state NOT IN ('done', 'failed', 'limited', 'dropped')",
        "CREATE INDEX ai_requests_by_bot ON ai_requests (bot_id, created_at)",
        "CREATE INDEX ai_requests_by_asker ON ai_requests (asker_id)",
        "CREATE INDEX ai_requests_by_message ON ai_requests (message_id)",
        "CREATE INDEX ai_requests_by_answer ON ai_requests (answer_id) WHERE answer_id IS NOT NULL"
    )
}
