import Hummingbird

/// Every URL of the API on one page: method, path, handler. Who may is decided behind the handlers, in `Security/Access`.
extension ChatServer {
    func addAPIRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let resetPages = PasswordResetPages(pages: pages, resets: resets)
        router.get("up", use: health.up)

        let api = router.group("api/v1")
        // Public
        api.get("health", use: health.health)
        api.get("metrics/health", use: health.health)
        api.get("server_info", use: health.serverInfo)
        api.get("openapi.json", use: reference(pages).document)
        api.get("connection", use: ConnectionAPI(proxies: try? TrustedProxies(settings.trustedProxies), now: now).show)
        api.post("signin", use: signInAPI.signIn)
        api.post("signup", use: signInAPI.signUp)
        api.post("password_reset", use: resetPages.ask)
        api.patch("password_reset", use: resetPages.use)

        // With a token or a session
        api.delete("signout", use: signInAPI.signOut)
        api.get("me", use: usersAPI.me)
        api.get("users/search", use: usersAPI.search)
        api.get("users/:id", use: usersAPI.show)
        api.post("users/:id/messages", use: directMessagesAPI.create)

        api.get("channels", use: channelsAPI.index)
        api.post("channels", use: channelsAPI.create)
        api.get("channels/:id", use: channelsAPI.show)
        api.patch("channels/:id", use: channelsAPI.update)
        api.put("channels/:id", use: channelsAPI.update)
        api.delete("channels/:id", use: channelsAPI.delete)
        api.post("channels/:id/join", use: channelsAPI.join)
        api.delete("channels/:id/leave", use: channelsAPI.leave)
        api.post("channels/:id/leave", use: channelsAPI.leave)
        api.post("channels/:id/invite", use: channelsAPI.invite)
        api.get("channels/:id/members", use: channelsAPI.members)
        api.get("channels/:id/messages", use: messagesAPI.channelIndex)
        api.post("channels/:id/messages", use: messagesAPI.channelCreate)
        api.get("channels/:id/files", use: GalleryAPI(files: files, links: links).index)
        api.post("channels/:id/media", use: filesAPI.media)
        api.get("channels/:id/commands", use: CommandsAPI(commands: commands).index)
        api.post("channels/:id/mark_as_read", use: channelsAPI.markAsRead)

        api.get("messages", use: messagesAPI.index)
        api.post("messages", use: messagesAPI.create)
        api.get("messages/:id", use: messagesAPI.show)
        api.patch("messages/:id", use: messagesAPI.update)
        api.delete("messages/:id", use: messagesAPI.delete)
        api.post("messages/:id/actions/:action_id", use: messagesAPI.press)
        api.get("messages/:id/thread", use: messagesAPI.thread)
        api.delete("messages/:id/previews/:preview_id", use: previewsAPI.remove)
        api.post("messages/:id/reactions", use: messagesAPI.react)
        api.delete("messages/:id/reactions", use: messagesAPI.unreact)

        api.post("files", use: filesAPI.create)
        api.delete("files/:id", use: filesAPI.delete)

        api.get("direct_messages", use: directMessagesAPI.index)
        api.get("direct_messages/:user_id", use: directMessagesAPI.show)
        api.post("direct_messages/:user_id", use: directMessagesAPI.create)
        api.post("dm/start", use: directMessagesAPI.start)
        api.get("dm/channels", use: directMessagesAPI.channels)

        api.get("search", use: searchAPI.index)

        api.get("bots", use: botsAPI.index)
        api.post("bots", use: botsAPI.create)
        api.get("bots/:id", use: botsAPI.show)
        api.patch("bots/:id", use: botsAPI.update)
        api.put("bots/:id", use: botsAPI.update)
        api.delete("bots/:id", use: botsAPI.delete)
        api.get("bots/:id/status", use: botsAPI.status)
        api.post("bots/:id/activate", use: botsAPI.activate)
        api.post("bots/:id/deactivate", use: botsAPI.deactivate)
        api.post("bots/:id/secret", use: botsAPI.renewSecret)
        api.get("bots/:id/commands", use: botCommandsAPI.index)
        api.put("bots/:id/commands", use: botCommandsAPI.replace)
        api.get("bots/:id/webhooks", use: outgoingWebhooksAPI.index)
        api.post("bots/:id/webhooks", use: outgoingWebhooksAPI.create)
        api.patch("bots/:id/webhooks/:webhook_id", use: outgoingWebhooksAPI.update)
        api.delete("bots/:id/webhooks/:webhook_id", use: outgoingWebhooksAPI.delete)
        api.post("bots/:id/webhooks/:webhook_id/test", use: outgoingWebhooksAPI.test)
        api.get("bots/:id/deliveries", use: outgoingWebhooksAPI.deliveries)
        api.post("bots/:id/deliveries/:delivery_id/replay", use: outgoingWebhooksAPI.replay)
        api.post("bots/:id/test", use: AIBotsAPI(bots: assistants).test)
        api.post("webhooks/:webhook_id", use: incomingAPI.deliver)
        router.post("hooks/:secret", use: incomingAPI.hook)
        if pages.servesAdministration { addAdministration(to: api) }
    }

    private func addAdministration(to api: RouterGroup<AppContext>) {
        api.get("metrics", use: metricsAPI.show)
        api.get("doctor", use: DoctorAPI(doctor: doctor).show)
        api.get("audit", use: auditAPI.index)
        api.get("audit/count", use: auditAPI.count)
        api.get("audit/verification", use: auditAPI.verify)
        api.post("audit/export", use: auditAPI.export)
        api.get("emergency", use: emergencyAPI.show)
        api.post("emergency/revoke_tokens", use: emergencyAPI.revokeTokens)
        api.post("emergency/lock_users", use: emergencyAPI.lockUsers)
        api.post("emergency/expire_sessions", use: emergencyAPI.expireSessions)
        api.post("emergency/lockdown", use: emergencyAPI.lockdown)
        api.post("emergency/lift", use: emergencyAPI.lift)
        api.post("emergency/reset_passwords", use: emergencyAPI.resetPasswords)
        api.post("emergency/read_only", use: emergencyAPI.readOnly)
    }
}

extension ChatServer {
    private var health: HealthAPI { HealthAPI(database: database, site: site, now: now) }
    private var metricsAPI: MetricsAPI {
        MetricsAPI(
            metrics: Metrics(database: database, now: now), disk: diskUse, counters: counters, listeners: listeners,
            caps: caps,
            now: now)
    }
    private var botsAPI: BotsAPI { BotsAPI(bots: bots, assistants: assistants, address: WebhookAddress(settings)) }
    private var botCommandsAPI: BotCommandsAPI { BotCommandsAPI(commands: botCommands) }
    private var outgoingWebhooksAPI: OutgoingWebhooksAPI { OutgoingWebhooksAPI(webhooks: outgoingWebhooks) }
    private var incomingAPI: IncomingWebhooksAPI { IncomingWebhooksAPI(webhooks: incomingWebhooks) }
    private var auditAPI: AuditAPI { AuditAPI(trail: auditTrail) }
    private var emergencyAPI: EmergencyAPI { EmergencyAPI(emergencies: emergencies) }
    private var signInAPI: SignInAPI { SignInAPI(accounts: accounts, signIns: signIns) }
    private var usersAPI: UsersAPI { UsersAPI(users: users, now: now) }
    private var channelsAPI: ChannelsAPI { ChannelsAPI(channels: channels, reading: reading, now: now) }
    private var previewsAPI: LinkPreviewsAPI { LinkPreviewsAPI(previews: linkPreviews, links: links) }
    private var searchAPI: SearchAPI { SearchAPI(search: search, links: links) }

    private var messagesAPI: MessagesAPI {
        MessagesAPI(
            messages: messages, commands: commands, directMessages: directMessages, uploads: uploads,
            links: links)
    }

    private var directMessagesAPI: DirectMessagesAPI {
        DirectMessagesAPI(
            directMessages: directMessages, messages: messages, uploads: uploads, now: now, links: links)
    }

    private var filesAPI: FilesAPI { FilesAPI(files: files, messages: messages, uploads: uploads, links: links) }
    var uploads: Uploads { Uploads(files: files, limits: limits) }
}
