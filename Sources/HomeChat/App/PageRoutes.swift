import Hummingbird

/// Every URL of the page on one page: method, path, handler. Forms can only get and post; scripts may say what they mean.
extension ChatServer {
    func addPageRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let site = SitePages(pages: pages)
        router.get("about", use: site.about)
        router.get("privacy", use: site.privacy)
        router.get("terms", use: site.terms)
        router.get("robots.txt", use: site.robots)
        router.get("assets/:digest/**", use: pages.assets.serve)
        router.get("favicon.ico", use: pages.assets.alias("images/icon.png"))
        router.get("icon.png", use: pages.assets.alias("images/icon.png"))
        router.get("icon.svg", use: pages.assets.alias("images/icon.svg"))

        addSignInRoutes(to: router, pages)
        addChannelRoutes(to: router, pages)
        addMessageRoutes(to: router, pages)
        addSettingsRoutes(to: router, pages)
        addAdminRoutes(to: router, pages)
    }

    private func addSignInRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let signIn = SignInPages(pages: pages, accounts: accounts, cookies: cookies)
        let channels = ChannelPages(pages: pages, messages: messages)
        let home: @Sendable (Request, AppContext) async throws -> Response = { request, context in
            context.principal == nil
                ? try await signIn.home(request, context) : try await channels.home(request, context)
        }
        router.get("/", use: home)
        router.get("dashboard", use: home)
        router.get("welcome", use: signIn.welcomeForm)
        router.post("welcome", use: signIn.welcome)
        router.get("signin", use: signIn.signInForm)
        router.post("signin", use: signIn.signIn)
        router.get("session", use: signIn.signInForm)
        router.post("session", use: signIn.signIn)
        router.get("signup", use: signIn.signUpForm)
        router.post("signup", use: signIn.signUp)
        router.post("signout", use: signIn.signOut)
        router.delete("signout", use: signIn.signOut)
    }

    private func addChannelRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let list = ChannelListPages(pages: pages, channels: channels)
        let channel = ChannelPages(pages: pages, messages: messages)
        let members = MemberPages(pages: pages, channels: channels)
        let reading = ReadingPages(pages: pages, reading: reading)
        let direct = DirectMessagePages(pages: pages, directMessages: directMessages)
        let search = SearchPages(pages: pages, search: search)

        router.get("channels", use: list.browse)
        router.post("channels", use: list.create)
        router.get("channels/new", use: list.new)
        router.get("channels/:id", use: channel.show)
        router.patch("channels/:id", use: list.update)
        router.delete("channels/:id", use: list.delete)
        router.get("channels/:id/edit", use: list.edit)
        router.post("channels/:id/edit", use: list.update)
        router.post("channels/:id/archive", use: list.archive)
        router.post("channels/:id/unarchive", use: list.unarchive)
        router.post("channels/:id/deletion", use: list.delete)

        router.post("channels/:id/join", use: members.join)
        router.post("channels/:id/leave", use: members.leave)
        router.delete("channels/:id/leave", use: members.leave)
        router.get("channels/:id/members", use: members.index)
        router.get("channels/:id/channel_memberships", use: members.index)
        router.post("channels/:id/invite", use: members.invite)
        router.post("channels/:id/members/:user_id/removal", use: members.remove)
        router.post("channels/:id/transfer", use: members.transfer)

        router.post("channels/:id/read", use: reading.markRead)
        router.post("channels/:id/unread", use: reading.markUnread)
        router.put("channels/:id/notifications", use: reading.setNotifications)
        router.post("channels/:id/notifications", use: reading.setNotifications)

        router.get("dms/new", use: direct.new)
        router.post("dms", use: direct.create)
        router.get("dm/:username", use: direct.open)

        router.get("search", use: search.index)
        router.get("switcher", use: search.switcher)
        router.get("users/search", use: search.people)
    }

    private func addMessageRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let message = MessagePages(pages: pages, messages: messages)
        let panel = MessagePanelPages(pages: pages, messages: messages)

        router.get("channels/:id/messages", use: message.index)
        router.post("channels/:id/messages", use: message.create)
        router.get("channels/:id/changes", use: message.changes)
        router.get("channels/:id/pins", use: panel.pins)
        router.get("messages/:id", use: message.show)
        router.patch("messages/:id", use: message.update)
        router.delete("messages/:id", use: message.delete)
        router.post("messages/:id/edit", use: message.update)
        router.post("messages/:id/deletion", use: message.delete)
        router.get("messages/:id/history", use: panel.history)
        router.get("messages/:id/thread", use: panel.thread)
        router.post("messages/:id/reactions", use: message.react)
        router.delete("messages/:id/reactions", use: message.unreact)
        router.post("messages/:id/actions/:action_id", use: message.press)
        router.post("messages/:id/pin", use: message.pin)
        router.delete("messages/:id/pin", use: message.unpin)
        router.post("markdown", use: message.preview)
    }

    private func addSettingsRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let profile = ProfilePages(pages: pages)
        let security = SecurityPages(pages: pages, sessions: sessions, accounts: accounts)
        let tokens = TokenPages(pages: pages, tokens: tokens)

        for path in ["settings", "settings/edit", "settings/profile"] {
            router.get(RouterPath(path), use: profile.profile)
        }
        router.post("settings/profile", use: profile.updateProfile)
        router.get("settings/preferences", use: profile.preferences)
        router.post("settings/preferences", use: profile.updatePreferences)
        router.get("settings/security", use: security.security)
        router.post("settings/password", use: security.changePassword)
        router.post("settings/sessions/revocation", use: security.revokeOthers)
        router.post("settings/sessions/:id/revocation", use: security.revoke)
        router.get("settings/tokens", use: tokens.index)
        router.post("settings/tokens", use: tokens.create)
        router.post("settings/tokens/:id/revocation", use: tokens.revoke)
        router.get("admin/tokens", use: tokens.everybodys)
    }

    private func addAdminRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let site = SiteAdminPages(pages: pages)
        let people = UserAdminPages(pages: pages, accounts: accounts)
        let rooms = ChannelAdminPages(pages: pages, channels: channels)

        router.get("admin", use: site.overview)
        for path in ["admin/settings", "admin/settings/edit"] { router.get(RouterPath(path), use: site.settings) }
        router.post("admin/settings", use: site.updateSettings)
        router.get("admin/users", use: people.index)
        router.post("admin/users", use: people.create)
        router.post("admin/users/:id/role", use: people.setRole)
        router.post("admin/users/:id/lock", use: people.lock)
        router.post("admin/users/:id/unlock", use: people.unlock)
        router.post("admin/users/:id/password", use: people.resetPassword)
        router.post("admin/users/:id/deletion", use: people.delete)
        router.get("admin/channels", use: rooms.index)
        router.post("admin/channels/:id/archive", use: rooms.archive)
        router.post("admin/channels/:id/unarchive", use: rooms.unarchive)
        router.post("admin/channels/:id/deletion", use: rooms.delete)
    }

    /// What all pages are made with. Files come from the binary, in development from their folder.
    func pages() throws -> Pages {
        let web = try settings.assetsDirectory.map(WebFiles.folder) ?? WebFiles.embedded()
        return Pages(
            links: Links(base: settings.basePath), assets: Assets(web), templates: try Templates(web), site: site,
            users: users,
            channels: channels, now: now)
    }
}
