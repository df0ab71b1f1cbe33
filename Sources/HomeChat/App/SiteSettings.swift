import Storage

/// What an admin changes while the server runs. Rows, read with the transaction that needs them.
package struct SiteSettings: Sendable {
    package var siteName = "HomeChat"
    package var allowSignups = true
    /// How sign-up works while it is allowed.
    package var signUpMode = SignUpMode.open

    /// How it works now.
    package var signUps: SignUpMode { allowSignups ? signUpMode : .off }

    enum Key: String, CaseIterable {
        case siteName = "site_name"
        case allowSignups = "allow_signups"
        case signUpMode = "signup_mode"
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
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    package func settings() async throws -> SiteSettings {
        try await database.read { tx in try SiteSettings.load(tx) }
    }

    package func update(name: String?, allowSignups: Bool?, as principal: Principal) async throws {
        try await update(name: name, allowSignups: allowSignups, signUpMode: nil, as: principal)
    }

    /// - Parameter mode: nil to leave it as it is.
    package func update(name: String?, signUps mode: SignUpMode?, as principal: Principal) async throws {
        try await update(
            name: name, allowSignups: mode.map { $0 != .off }, signUpMode: mode == .off ? nil : mode, as: principal)
    }

    /// Whether a lockdown closed sign-ups, and nobody chose since.
    func isClosedByLockdown() async throws -> Bool {
        try await database.read { tx in try EmergencyRow.signUps.find(tx) != nil }
    }

    private func update(
        name: String?, allowSignups: Bool?, signUpMode: SignUpMode?, as principal: Principal
    ) async throws {
        try principal.requireAdmin()
        let name = try name.map { try SiteSettings.name($0) }
        try await database.write { [now] tx in
            try Proof.require(principal, at: now(), tx)
            let old = try SiteSettings.load(tx)
            try change(.siteName, from: old.siteName, to: name, principal, tx)
            try change(
                .allowSignups, from: String(old.allowSignups), to: allowSignups.map { String($0) }, principal, tx)
            try change(.signUpMode, from: old.signUpMode.rawValue, to: signUpMode?.rawValue, principal, tx)
            // Whoever chooses, chooses for the time after the lockdown too.
            if allowSignups != nil { try EmergencyRow.signUps.end(tx) }
            tx.announce(.siteChanged)
        }
    }

    private func change(
        _ key: SiteSettings.Key, from before: String, to after: String?, _ principal: Principal,
        _ tx: borrowing Transaction
    ) throws {
        guard let after, after != before else { return }
        try SiteSettings.set(key, to: after, tx)
        try audit.record(
            .settingChanged, by: principal, target: "setting:\(key.rawValue)", details: ["from": before, "to": after],
            tx)
    }
}

extension SiteSettings {
    static func applyDefaults(_ settings: Settings, to database: any Database) async throws {
        let chosen: [(Key, String)] = [
            settings.siteName.map { (.siteName, $0) },
            settings.allowSignups.map { (.allowSignups, String($0)) },
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
