import HTTPTypes
import Storage

/// Requests to the webhooks of bots: proved, read, posted. What a bot says goes through the same doors as what people say.
package struct IncomingWebhooks: Sendable {
    let database: any Database
    let limits: RateLimits
    let files: Files
    let sealer: Sealer
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// How long a sender is to wait while an emergency keeps everybody out.
    private static let lockdownPause = Duration.minutes(5)
    private static let usualRoom = "home-assistant"

    /// Which bot is meant.
    enum Address: Sendable {
        case id(String)
        /// The secret itself, in the address.
        case secret(String)
    }

    enum Answer: Sendable {
        case posted(Message.ID)
        /// It was posted before.
        case repeated
    }

    /// - Throws: `notFound` alike for a webhook that is not there and one that is off.
    func deliver(
        _ request: IncomingRequest, to address: Address, from caller: Caller
    ) async throws -> (Answer, RateVerdict?) {
        let known = try await prove(request, address, caller)
        let verdict = try limits.spend(.webhook, .bot(known.bot.id), from: caller.ipAddress)
        let deed = try IncomingFormat.deed(of: try IncomingBody(request), known.setting(request.headers, address))
        return (try await perform(deed, key: request.deliveryKey, known, address, caller), verdict)
    }

    func perform(
        _ deed: IncomingFormat.Deed, key: String?, _ known: Known, _ address: Address, _ caller: Caller
    ) async throws -> Answer {
        try await database.write { [self] tx in
            let moment = now()
            try Self.requireNoLockdown(tx)
            // It may have been switched off, or got another secret, since it was looked up.
            guard let bot = try find(address, at: moment, tx), bot.secret == known.secret else {
                throw ChatError.notFound("webhook")
            }
            if let key, try !IncomingDelivery.note(key, for: bot.bot.id, at: moment, tx) { return Answer.repeated }
            return .posted(try Self.perform(deed, by: bot.bot, for: caller, at: moment, tx))
        }
    }

    /// Posts what a request would, for whoever looks after the bot and need not prove it in the way of its senders.
    func tryOut(_ request: IncomingRequest, of id: Bot.ID, as principal: Principal) async throws {
        let body = try IncomingBody(request)
        try await database.write { [self] tx in
            try Self.requireNoLockdown(tx)
            let bot = try Bots.controlled(id, principal, tx)
            guard try Bot.isUsable(id, at: now(), tx) else {
                throw ChatError.conflict("this bot is off, or whoever made it is locked")
            }
            try limits.spend(.webhook, .bot(id), from: principal.caller.ipAddress)
            let setting = IncomingFormat.Setting(
                format: bot.format, template: bot.template, gitHubEvent: request.gitHubEvent,
                isForSlack: bot.credential == .url)
            let deed = try IncomingFormat.deed(of: body, setting)
            _ = try Self.perform(deed, by: bot, for: principal.caller, at: now(), tx)
        }
    }

    /// Before anything is read: what comes from one address.
    func admit(from caller: Caller) throws {
        try limits.spend(.webhookAddress, .address(caller.ipAddress))
    }

    func forgetDeliveries() async throws {
        let moment = now()
        guard try await database.read({ tx in try IncomingDelivery.hasOld(at: moment, tx) }) else { return }
        try await database.write { tx in try IncomingDelivery.forget(at: moment, tx) }
    }
}

extension IncomingWebhooks {
    struct Known: Sendable {
        let bot: Bot
        let secret: WebhookSecret

        func setting(_ headers: HTTPFields, _ address: Address) -> IncomingFormat.Setting {
            IncomingFormat.Setting(
                format: bot.format, template: bot.template, gitHubEvent: headers[.xGitHubEvent],
                isForSlack: address.isSecret)
        }
    }

    private func prove(_ request: IncomingRequest, _ address: Address, _ caller: Caller) async throws -> Known {
        let found = try await known(address, caller)
        guard !address.isSecret else { return found }
        do {
            try WebhookProof.check(request, found.secret, found.bot.credential, at: now())
        } catch {
            throw await refusal(error, found, caller)
        }
        return found
    }

    func refusal(_ problem: WebhookProof.Problem, _ known: Known, _ caller: Caller) async -> ChatError {
        await reject(problem.rawValue, known.bot, caller)
        return .keptOut(problem.rawValue, retryAfter: nil)
    }

    func known(_ address: Address, _ caller: Caller) async throws -> Known {
        let moment = now()
        let found = try await database.read { [self] tx in
            try Self.requireNoLockdown(tx)
            return try find(address, at: moment, tx)
        }
        guard let found else {
            await reject("there is no such webhook, or it is off", nil, caller)
            throw ChatError.notFound("webhook")
        }
        return found
    }

    private func find(_ address: Address, at now: Timestamp, _ tx: borrowing Transaction) throws -> Known? {
        let bot =
            switch address {
            case .id(let id): try Bot.usable(webhook: id, at: now, tx)
            case .secret(let secret): try Bot.usable(secretHash: SecretToken.hash(of: secret), at: now, tx)
            }
        guard let bot, let secret = try WebhookSecret.find(of: bot.id, sealer, tx) else { return nil }
        return Known(bot: bot, secret: secret)
    }

    private static func requireNoLockdown(_ tx: borrowing Transaction) throws {
        guard try EmergencyRow.lockdown.find(tx) == nil else {
            throw ChatError.unavailable(retryAfter: lockdownPause)
        }
    }

    /// Never the address that was asked for: it may hold a secret, an old one or somebody else's.
    private func reject(_ reason: String, _ bot: Bot?, _ caller: Caller) async {
        // Refused it is, also where the disk is full.
        try? await database.write { [audit] tx in
            try audit.record(
                .webhookRejected, user: bot?.user, actor: bot?.username ?? "unknown", from: caller,
                target: bot.map { "bot:\($0.id)" } ?? "", details: ["reason": reason], tx)
        }
    }
}

extension IncomingWebhooks {
    private static func perform(
        _ deed: IncomingFormat.Deed, by bot: Bot, for caller: Caller, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Message.ID {
        var principal = bot.principal
        principal.caller = caller
        let post =
            switch deed {
            case .post(let post): post
            case .command(let line): line.answer(of: bot, messages: try Bot.messageCount(of: bot.user, tx))
            }
        let access = try access(to: post.target ?? room(of: bot), as: principal, at: now, tx)
        let id = try Self.post(post, in: access, as: principal, at: now, tx)
        try Bot.noteActivity(of: bot.id, at: now, tx)
        return id
    }

    private static func room(of bot: Bot) -> Room.Target { bot.channel.map { .channel($0) } ?? .named(usualRoom) }

    private static func access(
        to target: Room.Target, as principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> ChannelAccess {
        do {
            let channel = try Messages.resolve(Room(target), as: principal, at: now, tx)
            return try ChannelAccess.require(.post, in: channel, for: principal, tx)
        } catch ChatError.notFound {
            throw noPlace
        }
    }

    private static let noPlace = ChatError.invalid("channel", "is none that this bot may post to")

    /// A card that ended takes the place of the last one that did, so that what happens again is a new message.
    private static func post(
        _ post: IncomingPost, in access: ChannelAccess, as principal: Principal, at now: Timestamp,
        _ tx: borrowing Transaction
    ) throws -> Message.ID {
        var post = post
        let over = post.endsCard ? post.key.map { "\($0)-over" } : nil
        if let over, let key = post.key, try Message.card(key, by: access, tx) == nil { post.key = over }
        let view = try Messages.post(try post.draft(), in: access, as: principal, kind: post.kind, at: now, tx)
        if let over, post.key != over { try Message.renameCard(view.message.id, to: over, by: access, tx) }
        return view.message.id
    }
}

extension IncomingWebhooks {
    package struct Preview: Sendable {
        package let text: String
        /// By name; it is made with the first message where there is none.
        package let channel: String
    }

    /// What a request would become, for whoever sets its webhook up. Nothing is posted, made or counted.
    func preview(
        _ request: IncomingRequest, of id: Bot.ID, format: WebhookFormat? = nil, template: String? = nil,
        as principal: Principal
    ) async throws -> Preview {
        let bot = try await database.read { tx in try Bots.controlled(id, principal, tx) }
        let setting = IncomingFormat.Setting(
            format: format ?? bot.format, template: template ?? bot.template, gitHubEvent: request.gitHubEvent,
            isForSlack: bot.credential == .url)
        let deed = try IncomingFormat.deed(of: try IncomingBody(request), setting)
        return try await database.read { tx in
            let post =
                switch deed {
                case .post(let post): post
                case .command(let line): line.answer(of: bot, messages: try Bot.messageCount(of: bot.user, tx))
                }
            let name = try Self.name(of: post.target ?? Self.room(of: bot), as: bot.principal, tx)
            return Preview(text: try post.draft().text, channel: name)
        }
    }

    private static func name(
        of target: Room.Target, as bot: Principal, _ tx: borrowing Transaction
    ) throws -> String {
        do {
            switch target {
            case .channel(let id): return try ChannelAccess.require(.post, in: id, for: bot, tx).name
            case .named(let name):
                guard let channel = try Messages.known(name, tx) else { return try ChannelDraft(name: name).name }
                return try ChannelAccess.require(.post, in: channel.id, for: bot, tx).name
            case .person, .usual: throw noPlace
            }
        } catch ChatError.notFound {
            throw noPlace
        }
    }
}

extension IncomingWebhooks.Address {
    var isSecret: Bool { if case .secret = self { true } else { false } }
}

extension IncomingWebhooks.Address: Undescribed {}
extension IncomingWebhooks.Known: Undescribed {}
