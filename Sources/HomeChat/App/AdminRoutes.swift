import Hummingbird

/// Every URL of the administration on the page.
extension ChatServer {
    func addAdminRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let site = SiteAdminPages(pages: pages, disk: diskUse)
        let tokens = TokenPages(pages: pages, tokens: tokens)
        let rooms = ChannelAdminPages(pages: pages, channels: channels)

        router.get("admin", use: site.overview)
        for path in ["admin/settings", "admin/settings/edit"] { router.get(RouterPath(path), use: site.settings) }
        router.post("admin/settings", use: site.updateSettings)
        router.get("admin/tokens", use: tokens.everybodys)
        router.get("admin/channels", use: rooms.index)
        router.post("admin/channels/:id/archive", use: rooms.archive)
        router.post("admin/channels/:id/unarchive", use: rooms.unarchive)
        router.post("admin/channels/:id/deletion", use: rooms.delete)
        addAutomationRoutes(to: router, pages)
        addPeopleRoutes(to: router, pages)
        addNetworkRoutes(to: router, pages)
        addIncidentRoutes(to: router, pages)
    }

    private func addAutomationRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let bot = BotPages(
            pages: pages, bots: bots, assistants: assistants, webhooks: outgoingWebhooks,
            incoming: incomingWebhooks, commands: botCommands,
            address: WebhookAddress(settings))
        let automations = AutomationPages(
            pages: pages, bots: bots, assistants: assistants, tokens: TokenPages(pages: pages, tokens: tokens), bot: bot
        )

        router.get("admin/automations", use: automations.index)
        router.get("admin/integrations", use: automations.index)
        router.get("admin/bots", use: automations.index)
        router.post("admin/bots", use: automations.create)
        router.get("admin/bots/:id", use: bot.index)
        router.post("admin/bots/:id", use: bot.update)
        router.post("admin/bots/:id/activation", use: bot.setActive)
        router.post("admin/bots/:id/secret", use: bot.renewSecret)
        router.post("admin/bots/:id/deletion", use: bot.delete)
        router.post("admin/bots/:id/channels", use: bot.addToChannel)
        router.post("admin/bots/:id/channels/:channel_id/removal", use: bot.removeFromChannel)
        router.post("admin/bots/:id/preview", use: bot.preview)
        router.post("admin/bots/:id/webhooks", use: bot.addWebhook)
        router.post("admin/bots/:id/webhooks/:webhook_id/activation", use: bot.turnWebhook)
        router.post("admin/bots/:id/webhooks/:webhook_id/removal", use: bot.removeWebhook)
        router.post("admin/bots/:id/webhooks/:webhook_id/test", use: bot.tryWebhook)
        router.post("admin/bots/:id/deliveries/:delivery_id/replay", use: bot.replay)
        router.post("admin/bots/:id/model", use: bot.configureModel)
        router.post("admin/bots/:id/model/test", use: bot.tryModel)
    }

    private func addPeopleRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let people = UserAdminPages(
            pages: pages, accounts: accounts, secondFactors: secondFactors, resets: resets, invitations: invitations)
        let role = RolePages(pages: pages, roles: roles)

        router.get("admin/users", use: people.index)
        router.post("admin/users", use: people.create)
        router.get("admin/users/:id/role", use: role.show)
        router.post("admin/users/:id/role", use: role.update)
        router.post("admin/users/:id/lock", use: people.lock)
        router.post("admin/users/:id/unlock", use: people.unlock)
        router.post("admin/users/:id/password", use: people.resetPassword)
        router.post("admin/users/:id/deletion", use: people.delete)
        router.post("admin/users/:id/second-factor", use: people.resetSecondFactor)
        router.post("admin/users/:id/reset-link", use: people.resetLink)
        router.post("admin/users/:id/approval", use: people.approve)
        router.post("admin/users/:id/rejection", use: people.reject)
        router.post("admin/invitations", use: people.invite)
        router.post("admin/invitations/:id/revocation", use: people.revokeInvitation)
    }

    private func addNetworkRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let network = NetworkPages(
            pages: pages, bans: bans, watch: watch, settings: settings, listeners: listeners)
        let limits = LimitPages(pages: pages, rules: rateRules)

        router.get("admin/network", use: network.index)
        router.post("admin/network/body", use: network.measureBody)
        router.post("admin/bans", use: network.ban)
        router.post("admin/bans/:id/removal", use: network.lift)
        router.get("admin/limits", use: limits.index)
        router.post("admin/limits", use: limits.change)
    }

    private func addIncidentRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let emergency = EmergencyPages(pages: pages, emergencies: emergencies, proofs: proofs)
        let audit = AuditPages(pages: pages, trail: auditTrail)

        router.get("admin/health", use: DoctorPages(pages: pages, doctor: doctor).index)
        router.get("admin/emergency", use: emergency.index)
        router.get("admin/emergency/:measure", use: emergency.ask)
        router.post("admin/emergency/:measure", use: emergency.act)
        router.get("admin/audit", use: audit.index)
        router.get("admin/audit/verification", use: audit.index)
        router.post("admin/audit/verification", use: audit.verify)
        router.post("admin/audit/export", use: audit.export)
    }
}
