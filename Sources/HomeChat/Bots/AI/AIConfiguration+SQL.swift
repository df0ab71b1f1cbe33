import Foundation
import Storage

extension AIConfiguration: RowDecodable {
    private static let columns: SQL = """
        bot_id, endpoint, model, prompt, context_messages, networks, hourly_per_person, daily, timeout_seconds,
        tool_states, tool_services, api_key IS NOT NULL AS has_key
        """

    package init(row: Row) throws {
        endpoint = try row["endpoint"]
        model = try row["model"]
        prompt = try row["prompt"]
        contextMessages = try row["context_messages"]
        networks = try Self.words(row, "networks").compactMap(Network.init)
        hourlyPerPerson = try row["hourly_per_person"]
        daily = try row["daily"]
        timeoutSeconds = try row["timeout_seconds"]
        tools = HomeTools(
            stored: try Self.words(row, "tool_states"), services: try Self.words(row, "tool_services"))
        hasKey = try row["has_key"]
    }

    private static func words(_ row: Row, _ column: String) throws -> [String] {
        let text: String = try row[column]
        return text.split(separator: " ").map(String.init)
    }

    static func find(_ bot: Bot.ID, _ tx: borrowing Transaction) throws -> AIConfiguration? {
        try tx.fetchOne("SELECT \(columns) FROM ai_bots WHERE bot_id = \(bot)")
    }

    static func all(_ tx: borrowing Transaction) throws -> [Bot.ID: AIConfiguration] {
        let found: [OfBot] = try tx.fetchAll("SELECT \(columns) FROM ai_bots ORDER BY bot_id LIMIT 1000")
        return Dictionary(found.map { ($0.bot, $0.configuration) }, uniquingKeysWith: { first, _ in first })
    }

    func store(for bot: Bot.ID, _ tx: borrowing Transaction) throws {
        let networks = networkWords.joined(separator: " ")
        let states = tools.states.joined(separator: " ")
        let services = tools.services.joined(separator: " ")
        try tx.execute(
            """
            INSERT INTO ai_bots (bot_id, endpoint, model, prompt, context_messages, networks, hourly_per_person, daily,
                timeout_seconds, tool_states, tool_services)
            VALUES (\(bot), \(endpoint), \(model), \(prompt), \(contextMessages), \(networks), \(hourlyPerPerson),
                \(daily), \(timeoutSeconds), \(states), \(services))
            ON CONFLICT (bot_id) DO UPDATE
            SET endpoint = excluded.endpoint, model = excluded.model, prompt = excluded.prompt,
                context_messages = excluded.context_messages, networks = excluded.networks,
                hourly_per_person = excluded.hourly_per_person, daily = excluded.daily,
                timeout_seconds = excluded.timeout_seconds, tool_states = excluded.tool_states,
                tool_services = excluded.tool_services
            """)
        if !hasKey { try tx.execute("UPDATE ai_bots SET api_key = NULL WHERE bot_id = \(bot)") }
    }

    static func setKey(_ key: String, of bot: Bot.ID, _ sealer: Sealer, _ tx: borrowing Transaction) throws {
        let sealed = try sealer.seal(Data(key.utf8), for: .ai, tx)
        try tx.execute("UPDATE ai_bots SET api_key = \(sealed) WHERE bot_id = \(bot)")
    }

    static func key(of bot: Bot.ID, _ sealer: Sealer, _ tx: borrowing Transaction) throws -> String? {
        let found: Sealed? = try tx.fetchOne(
            "SELECT bot_id, api_key FROM ai_bots WHERE bot_id = \(bot) AND api_key IS NOT NULL")
        return try found.map { String(decoding: try sealer.open($0.key, for: .ai), as: UTF8.self) }
    }

    static func sealedKeys(_ tx: borrowing Transaction) throws -> [[UInt8]] {
        let found: [Sealed] = try tx.fetchAll("SELECT bot_id, api_key FROM ai_bots WHERE api_key IS NOT NULL")
        return found.map(\.key)
    }

    static let sealedPlace = SealedPlace("ai_bots", .ai) { anew, tx in
        let found: [Sealed] = try tx.fetchAll(
            "SELECT bot_id, api_key FROM ai_bots WHERE api_key IS NOT NULL ORDER BY bot_id")
        for bot in found {
            let key = try anew(bot.key)
            try tx.execute("UPDATE ai_bots SET api_key = \(key) WHERE bot_id = \(bot.id)")
        }
        return found.count
    }

    private struct Sealed: RowDecodable {
        let id: Bot.ID
        let key: [UInt8]

        init(row: Row) throws {
            id = try row["bot_id"]
            key = try row["api_key"]
        }
    }

    private struct OfBot: RowDecodable {
        let bot: Bot.ID
        let configuration: AIConfiguration

        init(row: Row) throws {
            bot = try row["bot_id"]
            configuration = try AIConfiguration(row: row)
        }
    }
}
