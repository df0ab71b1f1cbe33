import Storage

/// What an admin changes while the server runs. Rows, read with the transaction that needs them.
package struct SiteSettings: Sendable {
    package var siteName = "HomeChat"
    package var allowSignups = true
    /// How sign-up works while it is allowed.
    package var signUpMode = SignUpMode.open
    /// Whether API tokens open anything.
    package var allowsTokens = true
    /// Whether Home Assistant hears of anything, and bots may act there.
    package var tellsHomeAssistant = true
    /// How long messages are kept where a channel does not say otherwise; nil: for ever.
    package var retentionDays: Int64?

    /// How it works now.
    package var signUps: SignUpMode { allowSignups ? signUpMode : .off }

    enum Key: String, CaseIterable {
        case siteName = "site_name"
        case allowSignups = "allow_signups"
        case signUpMode = "signup_mode"
        case allowsTokens = "api_enabled"
        case tellsHomeAssistant = "home_assistant_enabled"
        case retentionDays = "retention_days"
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
            case .signUpMode: settings.signUpMode = SignUpMode(rawValue: entry.value) ?? .approval
            case .allowsTokens: settings.allowsTokens = entry.value == "true"
            case .tellsHomeAssistant: settings.tellsHomeAssistant = entry.value == "true"
            case .retentionDays: settings.retentionDays = Int64(entry.value)
            case nil: break
            }
        }
        return settings
    }

    /// The same as conditions of a query.
    static let allowsTokens: SQL = "NOT EXISTS (SELECT 1 FROM settings WHERE key = 'api_enabled' AND value = 'false')"
    static let tellsHomeAssistant: SQL =
        "NOT EXISTS (SELECT 1 FROM settings WHERE key = 'home_assistant_enabled' AND value = 'false')"

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

/// What an admin chose; nil leaves a thing as it is.
struct SiteChange: Sendable {
    var name: String?
    var signUps: SignUpMode?
    var allowsTokens: Bool?
    var tellsHomeAssistant: Bool?
    var retention: RetentionChoice?
}

/// The site's own settings, for whoever may change them.
package struct Site: Sendable {
    let database: any Database
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    package func settings() async throws -> SiteSettings {
        try await database.read { tx in try SiteSettings.load(tx) }
    }

    /// - Parameter mode: nil to leave it as it is.
    package func update(name: String?, signUps mode: SignUpMode?, as principal: Principal) async throws {
        try await update(SiteChange(name: name, signUps: mode), as: principal)
    }

    /// Whether a lockdown closed sign-ups, and nobody chose since.
    func isClosedByLockdown() async throws -> Bool {
        try await database.read { tx in try EmergencyRow.signUps.find(tx) != nil }
    }

    func update(_ new: SiteChange, as principal: Principal) async throws {
        try principal.requireAdmin()
        let name = try new.name.map { try SiteSettings.name($0) }
        try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            let old = try SiteSettings.load(tx)
            try change(.siteName, from: old.siteName, to: name, principal, tx)
            try change(.allowSignups, from: old.allowSignups, to: new.signUps.map { $0 != .off }, principal, tx)
            let mode = new.signUps == .off ? nil : new.signUps
            try change(.signUpMode, from: old.signUpMode.rawValue, to: mode?.rawValue, principal, tx)
            // Whoever chooses, chooses for the time after the lockdown too.
            if new.signUps != nil { try EmergencyRow.signUps.end(tx) }
            if try change(.allowsTokens, from: old.allowsTokens, to: new.allowsTokens, principal, tx) {
                tx.announce(.doorsClosed)
            }
            if try change(
                .tellsHomeAssistant, from: old.tellsHomeAssistant, to: new.tellsHomeAssistant, principal, tx)
            {
                tx.announce(.deliveriesWait)
            }
            try change(
                .retentionDays, from: Self.text(old.retentionDays), to: new.retention.map { Self.text($0.days) },
                principal, tx)
            tx.announce(.siteChanged)
        }
    }

    /// As it is stored and written down: no number is for ever.
    private static func text(_ days: Int64?) -> String { days.map(String.init) ?? "" }

    @discardableResult private func change(
        _ key: SiteSettings.Key, from before: Bool, to after: Bool?, _ principal: Principal,
        _ tx: borrowing Transaction
    ) throws -> Bool {
        try change(key, from: String(before), to: after.map { String($0) }, principal, tx)
    }

    /// - Returns: whether it is something else now.
    @discardableResult private func change(
        _ key: SiteSettings.Key, from before: String, to after: String?, _ principal: Principal,
        _ tx: borrowing Transaction
    ) throws -> Bool {
        guard let after, after != before else { return false }
        try SiteSettings.set(key, to: after, tx)
        try audit.record(
            .settingChanged, by: principal, target: "setting:\(key.rawValue)", details: ["from": before, "to": after],
            tx)
        return true
    }
}

extension SiteSettings {
    static func applyDefaults(_ settings: Settings, to database: any Database) async throws {
        let chosen: [(Key, String)] = [
            settings.siteName.map { (.siteName, $0) },
            settings.allowSignups.map { (.allowSignups, String($0)) },
            settings.retentionDays.map { (.retentionDays, String($0)) },
            settings.requiresSignupApproval.map {
                (.signUpMode, ($0 ? SignUpMode.approval : SignUpMode.open).rawValue)
            },
        ].compactMap(\.self)
        guard !chosen.isEmpty else { return }
        try await database.write { tx in
            for (key, value) in chosen { try SiteSettings.setUnlessChosen(key, to: value, tx) }
        }
    }
}
