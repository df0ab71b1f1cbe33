import Storage

/// Where bots are told what happens: set up, looked after, tried. Whoever looks after the bot does it; an admin alone names
/// private networks.
package struct OutgoingWebhooks: Sendable {
    let database: any Database
    let sealer: Sealer
    let audit: AuditLog
    let sender: DeliverySender
    let limits: RateLimits
    let now: @Sendable () -> Timestamp

    static let mostPerBot: Int64 = 10

    package struct Made: Sendable {
        package let webhook: OutgoingWebhook
        /// Of a bot that had nothing to sign with until now: shown this once.
        let secret: WebhookSecret?
    }

    package func list(of bot: Bot.ID, as principal: Principal) async throws -> [OutgoingWebhook] {
        try await database.read { tx in try OutgoingWebhook.all(of: Bots.controlled(bot, principal, tx).id, tx) }
    }

    package func create(
        _ new: NewOutgoingWebhook, for id: Bot.ID, as principal: Principal
    ) async throws -> Made {
        try await database.write { [self] tx in
            let moment = now()
            let bot = try Bots.controlled(id, principal, tx)
            try Proof.require(principal, at: moment, tx)
            if !new.networks.isEmpty { try Self.requireNetworks(principal) }
            try Self.requireFit(new.url, new.networks, new.events, of: bot)
            guard try OutgoingWebhook.count(of: id, tx) < Self.mostPerBot else {
                throw ChatError.forbidden("this bot has \(Self.mostPerBot) outgoing webhooks already; delete one first")
            }
            let secret = try makeSecret(of: bot, tx)
            let webhook = try Self.find(try OutgoingWebhook.insert(new, for: id, at: moment, tx), of: id, tx)
            try record("outgoing webhook added", webhook, bot, by: principal, tx)
            return Made(webhook: webhook, secret: secret)
        }
    }

    package func update(
        _ webhook: OutgoingWebhook.ID, of id: Bot.ID, _ change: OutgoingWebhookChange, as principal: Principal
    ) async throws -> OutgoingWebhook {
        try await database.write { [self] tx in
            let moment = now()
            let (bot, old) = try Self.find(webhook, of: id, principal, tx)
            try Proof.require(principal, at: moment, tx)
            let networks = change.networks ?? old.networks
            // Another address in networks that an admin named is as good as naming them.
            if !networks.isEmpty, change.networks != nil || change.url != nil { try Self.requireNetworks(principal) }
            try Self.requireFit(change.url ?? old.url, networks, change.events ?? old.events, of: bot)
            try OutgoingWebhook.update(webhook, change, tx)
            if change.isActive == false {
                try Delivery.giveUp(webhook, because: "the webhook was turned off", at: moment, tx)
            }
            let changed = try Self.find(webhook, of: id, tx)
            try record("outgoing webhook changed", changed, bot, by: principal, tx)
            tx.announce(.deliveriesWait)
            return changed
        }
    }

    /// With what waits and what is known of it. The last one of a bot without an incoming webhook takes its secret along.
    package func delete(_ webhook: OutgoingWebhook.ID, of id: Bot.ID, as principal: Principal) async throws {
        try await database.write { [self] tx in
            let (bot, old) = try Self.find(webhook, of: id, principal, tx)
            try Proof.require(principal, at: now(), tx)
            try OutgoingWebhook.delete(webhook, tx)
            if bot.webhookID == nil, try OutgoingWebhook.count(of: id, tx) == 0 {
                try Bot.setSigningSecret(nil, hash: nil, of: id, tx)
            }
            try record("outgoing webhook removed", old, bot, by: principal, tx)
        }
    }

    /// What was sent and what was not, newest first; never what it said.
    /// - Parameter webhook: nil: of all of the bot's.
    package func deliveries(
        of bot: Bot.ID, webhook: OutgoingWebhook.ID? = nil, before: Delivery.ID? = nil, limit: Int = 50,
        as principal: Principal
    ) async throws -> [Delivery] {
        try await database.read { tx in
            let bot = try Bots.controlled(bot, principal, tx)
            return try Delivery.newest(of: bot.id, webhook: webhook, before: before, limit: limit, tx)
        }
    }

    /// Sends the same once more, with an id of its own, behind what waits.
    package func replay(_ id: Delivery.ID, of bot: Bot.ID, as principal: Principal) async throws -> Delivery {
        try limits.spend(.message, for: principal)
        return try await database.write { [self] tx in
            let bot = try Bots.controlled(bot, principal, tx)
            guard let old = try Delivery.find(id, of: bot.id, tx) else { throw ChatError.notFound("delivery") }
            guard old.state != .waiting else { throw ChatError.conflict("this delivery is waiting already") }
            guard old.canBeReplayed else { throw ChatError.conflict("what it said is gone") }
            guard let webhook = try OutgoingWebhook.find(old.webhook, of: bot.id, tx), webhook.isActive else {
                throw ChatError.conflict("this webhook is turned off")
            }
            let copy = try Delivery.replay(id, at: now(), tx)
            tx.announce(.deliveriesWait)
            guard let delivery = try Delivery.find(copy, of: bot.id, tx) else { throw StorageError.noRow }
            return delivery
        }
    }

    /// What a try came to, without a word of the other side's.
    package struct TryOut: Sendable {
        package let isDelivered: Bool
        package let statusCode: Int?
        package let problem: String?
        package let milliseconds: Int64
    }

    /// Sends a ping now and waits for what comes of it.
    package func test(
        _ webhook: OutgoingWebhook.ID, of id: Bot.ID, as principal: Principal
    ) async throws -> TryOut {
        try limits.spend(.message, for: principal)
        let (target, payload) = try await database.read { [self] tx in
            let (bot, webhook) = try Self.find(webhook, of: id, principal, tx)
            guard try EmergencyRow.lockdown.find(tx) == nil else {
                throw ChatError.forbidden("nothing is sent during a lockdown")
            }
            guard bot.isActive else { throw ChatError.conflict("this bot is not active") }
            let payload = DeliveryPayload(
                event: .ping, type: OutgoingEvent.ping.type, message: "ping", sender: principal.username, place: nil,
                timestamp: now(), webhookID: bot.webhookID)
            return (try DeliveryQueue.target(of: webhook, sealer, tx), payload)
        }
        let body = String(decoding: try JSONBody.data(payload), as: UTF8.self)
        let attempt = await sender.send(
            body, OutgoingEvent.ping.rawValue, id: "ping-\(now().milliseconds)", to: target)
        return TryOut(
            isDelivered: attempt.outcome == .delivered, statusCode: attempt.status, problem: attempt.problem,
            milliseconds: attempt.milliseconds)
    }

    /// Writes nothing where nothing was ever told: a quiet house has a quiet disk.
    package func removeOld() async throws {
        guard try await database.read({ tx in try Delivery.areAny(tx) }) else { return }
        try await database.write { [now] tx in try Delivery.prune(at: now(), tx) }
    }

    /// - Throws: `notFound` alike for no webhook and for one of another bot.
    private static func find(
        _ webhook: OutgoingWebhook.ID, of bot: Bot.ID, _ principal: Principal, _ tx: borrowing Transaction
    ) throws -> (Bot, OutgoingWebhook) {
        let bot = try Bots.controlled(bot, principal, tx)
        return (bot, try find(webhook, of: bot.id, tx))
    }

    private static func find(
        _ webhook: OutgoingWebhook.ID, of bot: Bot.ID, _ tx: borrowing Transaction
    ) throws -> OutgoingWebhook {
        guard let found = try OutgoingWebhook.find(webhook, of: bot, tx) else { throw ChatError.notFound("webhook") }
        return found
    }

    private static func requireNetworks(_ principal: Principal) throws {
        guard principal.isAdmin else { throw ChatError.forbidden("only an admin can name private networks") }
        try principal.require(.admin)
    }

    private static func requireFit(
        _ url: String?, _ networks: [String], _ events: Set<OutgoingEvent>, of bot: Bot
    ) throws {
        guard bot.kind != .ai else { throw ChatError.forbidden("a bot with a language model has no webhooks") }
        if let url {
            guard url.hasPrefix("https:") || !networks.isEmpty else {
                throw ChatError.invalid("url", "must begin with https: unless it is in networks that an admin names")
            }
            return
        }
        guard bot.webhookID != nil else {
            throw ChatError.invalid("url", "is missing, and this bot has no webhook at Home Assistant")
        }
        guard events.isSubset(of: OutgoingEvent.homeAssistant) else {
            let names = OutgoingEvent.homeAssistant.map(\.rawValue).sorted().joined(separator: ", ")
            throw ChatError.invalid("events", "must be among \(names) for Home Assistant")
        }
    }

    private func makeSecret(of bot: Bot, _ tx: borrowing Transaction) throws -> WebhookSecret? {
        guard try Bot.sealedSecret(of: bot.id, tx) == nil else { return nil }
        let secret = WebhookSecret.random()
        let sealed = try sealer.seal(Array(secret.text.utf8), for: .webhook, tx)
        try Bot.setSigningSecret(sealed, hash: secret.hash, of: bot.id, tx)
        return secret
    }

    /// The host alone: the rest of an address may be a secret.
    private func record(
        _ what: String, _ webhook: OutgoingWebhook, _ bot: Bot, by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        let host = webhook.url.flatMap { OutboundURL($0, allowsPlain: true)?.host } ?? "Home Assistant"
        try audit.record(
            .botChanged, by: principal, target: "bot:\(bot.id)",
            details: [
                "name": bot.name, "what": what, "to": host, "networks": webhook.networks.joined(separator: " "),
                "active": webhook.isActive ? "yes" : "no",
            ], tx)
    }
}

extension OutgoingWebhooks.Made: Undescribed {}
