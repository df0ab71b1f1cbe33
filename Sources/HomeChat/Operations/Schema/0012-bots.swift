import Storage

extension Schema {
    /// A bot is an account without a password, and a webhook in each direction: what it is told, and what it tells.
    static let bots = Migration(
        "0012-bots",
        "ALTER TABLE users ADD COLUMN bot_type \(type: .key) CHECK (bot_type IN ('webhook', 'api', 'ai'))",
        """
        CREATE TABLE bots (
            id \(type: .id),
            user_id \(type: .reference) NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
            owner_id \(type: .reference) REFERENCES users (id) ON DELETE SET NULL,
            name \(type: .text) NOT NULL,
            name_key \(type: .key) NOT NULL UNIQUE,
            description \(type: .text) NOT NULL,
            active \(type: .boolean) NOT NULL DEFAULT TRUE,
            channel_id \(type: .reference) REFERENCES channels (id) ON DELETE SET NULL,
            webhook_id \(type: .key) UNIQUE,
            secret \(type: .bytes),
            secret_hash \(type: .bytes) UNIQUE,
            credential \(type: .key) NOT NULL DEFAULT 'signature' CHECK (credential IN ('signature', 'bearer', 'url')),
            format \(type: .key) NOT NULL DEFAULT 'auto',
            template \(type: .text) NOT NULL DEFAULT '',
            created_at \(type: .time) NOT NULL,
            updated_at \(type: .time) NOT NULL,
            last_active_at \(type: .time)
        ) \(type: .strict)
        """,
        "CREATE INDEX bots_by_owner ON bots (owner_id)",
        """
        CREATE TABLE incoming_deliveries (
            bot_id \(type: .reference) NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
            delivery_key \(type: .key) NOT NULL,
            received_at \(type: .time) NOT NULL,
            PRIMARY KEY (bot_id, delivery_key)
        ) \(type: .strict)
        """,
        "CREATE INDEX incoming_deliveries_by_time ON incoming_deliveries (received_at)",
        """
        CREATE TABLE outgoing_webhooks (
            id \(type: .id),
            bot_id \(type: .reference) NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
            url \(type: .text) NOT NULL,
            networks \(type: .text) NOT NULL DEFAULT '',
            events \(type: .text) NOT NULL,
            active \(type: .boolean) NOT NULL DEFAULT TRUE,
            leased_until \(type: .time),
            leased_by \(type: .text),
            next_attempt_at \(type: .time),
            failures \(type: .integer) NOT NULL DEFAULT 0,
            created_at \(type: .time) NOT NULL
        ) \(type: .strict)
        """,
        "CREATE INDEX outgoing_webhooks_by_bot ON outgoing_webhooks (bot_id)",
        """
        CREATE TABLE deliveries (
            id \(type: .id),
            webhook_id \(type: .reference) NOT NULL REFERENCES outgoing_webhooks (id) ON DELETE CASCADE,
            message_id \(type: .reference) REFERENCES messages (id) ON DELETE SET NULL,
            event \(type: .key) NOT NULL,
            payload \(type: .text) NOT NULL,
            state \(type: .key) NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
            attempts \(type: .integer) NOT NULL DEFAULT 0,
            status_code \(type: .integer),
            problem \(type: .text),
            took_milliseconds \(type: .integer),
            created_at \(type: .time) NOT NULL,
            finished_at \(type: .time)
        ) \(type: .strict)
        """,
        "CREATE INDEX deliveries_waiting ON deliveries (webhook_id, id) WHERE state = 'waiting'",
        "CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id)",
        "CREATE INDEX deliveries_by_message ON deliveries (message_id) WHERE message_id IS NOT NULL",
        """
        CREATE TABLE bot_commands (
            bot_id \(type: .reference) NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
            name \(type: .key) NOT NULL PRIMARY KEY,
            usage \(type: .text) NOT NULL,
            description \(type: .text) NOT NULL
        ) \(type: .strict)
        """,
        "ALTER TABLE message_actions ADD COLUMN needs_proof \(type: .boolean) NOT NULL DEFAULT FALSE"
    )
}
