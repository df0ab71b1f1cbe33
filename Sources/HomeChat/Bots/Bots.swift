import Storage

/// Bots and their webhooks: made, listed, changed, deleted. Whoever made one looks after it, and admins after all.
package struct Bots: Sendable {
    let database: any Database
    let sealer: Sealer
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// Of somebody who is no admin.
    static let mostPerMember: Int64 = 20
    /// What the token of an API bot may do, in its channels.
    static let tokenScopes: [Scope] = [.messagesRead, .messagesWrite, .channelsRead, .usersRead]

    /// A bot, and what its maker is to keep: shown now and never in a list.
    package struct Made: Sendable {
        package let bot: Bot
        let secret: WebhookSecret?
        /// Of an API bot.
        package let token: String?

        package var shownSecret: String? { secret?.text ?? token }
    }

    /// Makes a bot, or finds the one of that name: Home Assistant asks again when it has lost what it knew.
    package func create(_ new: NewBot, as principal: Principal) async throws -> Made {
        try await database.write { [self] tx in
            guard new.kind != .ai else { throw ChatError.invalid("ai", "says how an AI bot asks, and is missing") }
            return try create(new, as: principal, at: now(), tx)
        }
    }

    func create(
        _ new: NewBot, as principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Made {
        try Self.requireMaker(principal)
        try Proof.require(principal, at: now, tx)
        let known = try Bot.find(named: new.name, tx)
        if let id = new.webhookID, id != known?.webhookID { try NewBot.requireMadeUp(id, by: principal) }
        let made = try known.map { try again($0, new, principal, at: now, tx) } ?? make(new, principal, at: now, tx)
        // Whoever brings an id listens under it at Home Assistant. Who said before not to be told is not told again.
        if let id = new.webhookID, made.bot.kind == .webhook, known?.webhookID != id {
            try OutgoingWebhook.ensureHomeAssistant(of: made.bot.id, at: now, tx)
        }
        return made
    }

    package func list(as principal: Principal) async throws -> [Bot] {
        try Self.requireMaker(principal)
        return try await database.read { tx in try Bot.all(of: principal.isAdmin ? nil : principal.user, tx) }
    }

    package func find(_ id: Bot.ID, as principal: Principal) async throws -> Bot {
        try await database.read { tx in try Self.controlled(id, principal, tx) }
    }

    /// By its name, or by its number where nothing is called so.
    package func find(called word: String, as principal: Principal) async throws -> Bot {
        try await database.read { tx in
            guard let id = try Bot.find(named: word, tx)?.id ?? Bot.ID(word) else { throw ChatError.notFound("bot") }
            return try Self.controlled(id, principal, tx)
        }
    }

    package func update(_ id: Bot.ID, _ change: BotChange, as principal: Principal) async throws -> Bot {
        try await database.write { [self] tx in try update(id, change, as: principal, at: now(), tx) }
    }

    /// - Parameter fields: what else changes about it, for the audit log.
    func update(
        _ id: Bot.ID, _ change: BotChange, also fields: [String] = [], as principal: Principal, at moment: Timestamp,
        _ tx: borrowing Transaction
    ) throws -> Bot {
        let bot = try Self.controlled(id, principal, tx)
        try Proof.require(principal, at: moment, tx)
        if let name = change.name, let other = try Bot.find(named: name, tx), other.id != id {
            throw ChatError.invalid("name", "is taken")
        }
        if let channel = change.channel { try Self.requireTarget(channel, of: bot, by: principal, tx) }
        if let name = change.name { try User.setProfile(try ProfileChange(displayName: name), of: bot.user, tx) }
        try Bot.update(id, change, at: moment, tx)
        let changed = try Self.controlled(id, principal, tx)
        let names = changed.differences(from: bot) + fields
        guard !names.isEmpty else { return changed }
        let told = details(of: changed).merging(["changed": names.joined(separator: " ")]) { $1 }
        try audit.record(.botChanged, by: principal, target: "bot:\(id)", details: told, tx)
        if !changed.isActive { tx.announce(.expelled(bot.user)) }
        tx.announce(.profileChanged(bot.user))
        return changed
    }

    /// A new secret, or for an API bot a new token; the old one is worth nothing from now on.
    package func renewSecret(of id: Bot.ID, as principal: Principal) async throws -> Made {
        try await database.write { [self] tx in
            let moment = now()
            let bot = try Self.controlled(id, principal, tx)
            try Proof.require(principal, at: moment, tx)
            try audit.record(.webhookSecretRenewed, by: principal, target: "bot:\(id)", details: details(of: bot), tx)
            return try provide(bot, webhookID: bot.webhookID, at: moment, tx)
        }
    }

    package func delete(_ id: Bot.ID, as principal: Principal) async throws {
        try await database.write { [self] tx in
            let moment = now()
            let bot = try Self.controlled(id, principal, tx)
            try Proof.require(principal, at: moment, tx)
            try Bot.delete(id, tx)
            try User.erase(bot.user, at: moment, tx)
            // No person, so its words go on saying whose they were.
            try User.setProfile(try ProfileChange(displayName: bot.name), of: bot.user, tx)
            try audit.record(.botDeleted, by: principal, target: "bot:\(id)", details: details(of: bot), tx)
            tx.announce(.expelled(bot.user))
            tx.announce(.profileChanged(bot.user))
        }
    }

    /// The channels that it is a member of.
    func places(of id: Bot.ID, as principal: Principal) async throws -> [Channel] {
        try await database.read { tx in
            let bot = try Self.controlled(id, principal, tx)
            return try Membership.channels(of: bot.user, tx).compactMap { try Channel.find($0, tx) }
                .filter { $0.kind != .dm }
        }
    }

    struct Standing: Sendable {
        let bot: Bot
        let messageCount: Int64
    }

    func standing(of id: Bot.ID, as principal: Principal) async throws -> Standing {
        try await database.read { tx in
            let bot = try Self.controlled(id, principal, tx)
            return Standing(bot: bot, messageCount: try Bot.messageCount(of: bot.user, tx))
        }
    }

    /// - Throws: `notFound` alike for no bot and for one of somebody else.
    static func controlled(_ id: Bot.ID, _ principal: Principal, _ tx: borrowing Transaction) throws -> Bot {
        try requireMaker(principal)
        guard let bot = try Bot.find(id, tx), principal.isAdmin || bot.owner == principal.user else {
            throw ChatError.notFound("bot")
        }
        // Its endpoint is an address that the server connects to.
        guard bot.kind != .ai || principal.isAdmin else { throw ChatError.notFound("bot") }
        return bot
    }

    private static func requireMaker(_ principal: Principal) throws {
        try principal.require(.bots)
        guard !principal.isRestricted else { throw ChatError.forbidden("an admin makes the bots of this account") }
        guard principal.channels == nil else { throw ChatError.forbidden("this token is for its channels alone") }
        guard principal.bot == nil else { throw ChatError.forbidden("a bot makes no bots") }
    }

    private func make(
        _ new: NewBot, _ principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Made {
        let owner = principal.credential == .console ? nil : principal.user
        if let owner, !principal.isAdmin, try Bot.count(of: owner, tx) >= Self.mostPerMember {
            throw ChatError.forbidden("this account has \(Self.mostPerMember) bots already; delete one first")
        }
        if let id = new.webhookID, try Bot.isWebhookTaken(id, tx) { throw ChatError.invalid("webhook_id", "is taken") }
        // Before the row refers to it; whether the bot may post there can only be asked once there is a bot.
        if let channel = new.channel, try Channel.find(channel, tx) == nil { throw Self.noTarget }
        let account = try User.insertBot(try Self.freeName(for: new.name, tx), new, at: now, tx)
        let id = try Bot.insert(new, account: account, owner: owner, at: now, tx)
        guard let bot = try Bot.find(id, tx) else { throw StorageError.noRow }
        if let channel = new.channel { try Self.requireTarget(channel, of: bot, by: principal, tx) }
        try audit.record(.botCreated, by: principal, target: "bot:\(id)", details: details(of: bot), tx)
        tx.announce(.profileChanged(account))
        return try provide(bot, webhookID: new.webhookID ?? Self.randomID(), at: now, tx)
    }

    /// The same name once more. Whoever owns the bot gets its secret, which they may have lost; a new id comes with a new one.
    private func again(
        _ bot: Bot, _ new: NewBot, _ principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Made {
        guard principal.isAdmin || bot.owner == principal.user else { throw ChatError.conflict("name is taken") }
        guard bot.kind == new.kind else { throw ChatError.conflict("name is taken by a bot of another type") }
        if let id = new.webhookID, id != bot.webhookID, bot.kind == .webhook {
            if try Bot.isWebhookTaken(id, tx) { throw ChatError.invalid("webhook_id", "is taken") }
            try audit.record(
                .webhookSecretRenewed, by: principal, target: "bot:\(bot.id)", details: details(of: bot), tx)
            return try provide(bot, webhookID: id, at: now, tx)
        }
        return Made(bot: bot, secret: try WebhookSecret.find(of: bot.id, sealer, tx), token: nil)
    }

    /// Gives a bot what it proves itself with.
    private func provide(
        _ bot: Bot, webhookID: String?, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Made {
        switch bot.kind {
        case .webhook:
            let secret = WebhookSecret.random()
            try secret.store(as: webhookID ?? Self.randomID(), of: bot.id, sealer, at: now, tx)
            return Made(bot: try Bot.find(bot.id, tx) ?? bot, secret: secret, token: nil)
        case .api:
            for token in try APIToken.all(of: bot.user, tx) {
                try APIToken.revoke(token.id, at: now, tx)
                tx.announce(.tokenRevoked(token.id))
            }
            var random = SystemRandomNumberGenerator()
            let (secret, prefix) = SecretToken.api(using: &random)
            let new = try NewToken(name: "bot", scopes: Self.tokenScopes.map(\.rawValue))
            _ = try APIToken.insert(new, in: nil, for: bot.user, hash: secret.hash, prefix: prefix, at: now, tx)
            return Made(bot: bot, secret: nil, token: secret.text)
        case .ai:
            return Made(bot: bot, secret: nil, token: nil)
        }
    }

    /// Where its messages go: a place that whoever says so may post to themselves, and that is open to the bot.
    private static func requireTarget(
        _ channel: Channel.ID, of bot: Bot, by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        do {
            if principal.credential != .console {
                _ = try ChannelAccess.require(.post, in: channel, for: principal, tx)
            }
            _ = try ChannelAccess.require(.post, in: channel, for: bot.principal, tx)
        } catch ChatError.notFound {
            throw noTarget
        }
    }

    private static let noTarget = ChatError.invalid(
        "channel_id", "is no channel that the bot may post to; add it there first")

    private static func freeName(for name: String, _ tx: borrowing Transaction) throws -> Username {
        for candidate in NewBot.usernames(for: name) {
            guard let username = try? Username(candidate) else { continue }
            if try User.find(named: username.text, tx) == nil { return username }
        }
        throw ChatError.invalid("name", "has no user name left; choose another")
    }

    /// 128 random bits.
    private static func randomID() -> String { String(WebhookSecret.random().text.prefix(32)) }

    private func details(of bot: Bot) -> [String: String] {
        ["name": bot.name, "username": bot.username, "type": bot.kind.rawValue, "active": bot.isActive ? "yes" : "no"]
    }
}

extension Bots.Made: Undescribed {}
