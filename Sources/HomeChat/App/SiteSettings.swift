import Storage

/// What an admin changes while the server runs. Rows, read with the transaction that needs them.
package struct SiteSettings: Sendable {
    package var siteName = "HomeChat"
    package var allowSignups = true

    enum Key: String, CaseIterable {
        case siteName = "site_name"
        case allowSignups = "allow_signups"
    }

    static func name(_ text: String) throws -> String {
        let name = try line(text, "site_name", atMost: 50)
        guard !name.isEmpty else { throw ChatError.missing("site_name") }
        return name
    }
}

extension SiteSettings {
    private struct Entry: RowDecodable {
        let key: Key?
        let value: String

        init(row: Row) throws {
            key = Key(rawValue: try row["key"])
            value = try row["value"]
        }
    }

    static func load(_ tx: borrowing Transaction) throws -> SiteSettings {
        var settings = SiteSettings()
        let entries: [Entry] = try tx.fetchAll("SELECT key, value FROM settings LIMIT 1000")
        for entry in entries {
            switch entry.key {
            case .siteName: settings.siteName = entry.value
            case .allowSignups: settings.allowSignups = entry.value == "true"
            case nil: break
            }
        }
        return settings
    }

    static func set(_ key: Key, to value: String, _ tx: borrowing Transaction) throws {
        try tx.execute(
            """
            INSERT INTO settings (key, value) VALUES (\(key.rawValue), \(value))
            ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """)
    }

    /// For what the configuration names at the first start; what an admin chose since stays.
    static func setUnlessChosen(_ key: Key, to value: String, _ tx: borrowing Transaction) throws {
        try tx.execute(
            "INSERT INTO settings (key, value) VALUES (\(key.rawValue), \(value)) ON CONFLICT (key) DO NOTHING")
    }
}

/// The site's own settings, for whoever may change them.
package struct Site: Sendable {
    let database: any Database

    package func settings() async throws -> SiteSettings {
        try await database.read { tx in try SiteSettings.load(tx) }
    }

    package func update(name: String?, allowSignups: Bool?, as principal: Principal) async throws {
        try principal.requireAdmin()
        let name = try name.map { try SiteSettings.name($0) }
        try await database.write { tx in
            if let name { try SiteSettings.set(.siteName, to: name, tx) }
            if let allowSignups { try SiteSettings.set(.allowSignups, to: String(allowSignups), tx) }
            tx.announce(.siteChanged)
        }
    }
}
