import Hummingbird

/// Every URL of the page on one page: method, path, handler. Forms can only get and post; scripts may say what they mean.
extension ChatServer {
    func addPageRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let site = SitePages(pages: pages, settings: settings, listeners: listeners)
        router.get("about", use: site.about)
        router.get("privacy", use: site.privacy)
        router.get("terms", use: site.terms)
        router.get("help/connection", use: site.connection)
        router.get("help/api", use: reference(pages).page)
        router.get("robots.txt", use: site.robots)
        router.get(".well-known/security.txt", use: securityText.show)
        if settings.tls.mode == .acme { router.get(RouterPath(Challenges.route), use: challenges.show) }
        if settings.tls.mode == .local { addTrustRoutes(to: router, pages) }
        router.get("assets/:digest/**", use: pages.assets.serve)
        router.get("favicon.ico", use: pages.assets.alias("images/icon.png"))
        router.get("icon.png", use: pages.assets.alias("images/icon.png"))
        router.get("icon.svg", use: pages.assets.alias("images/icon.svg"))

        addSignInRoutes(to: router, pages)
        addChannelRoutes(to: router, pages)
        addMessageRoutes(to: router, pages)
        addFileRoutes(to: router, pages)
        addSettingsRoutes(to: router, pages)
        if pages.servesAdministration { addAdminRoutes(to: router, pages) }
    }

    private func addTrustRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let trust = TrustPages(pages: pages, listeners: listeners, settings: settings)
        router.get(TrustPages.Route.page.path, use: trust.show)
        router.get(TrustPages.Route.check.path, use: trust.check)
        router.get(TrustPages.Route.certificate.path, use: trust.certificate)
        router.get(TrustPages.Route.text.path, use: trust.text)
        router.get(TrustPages.Route.profile.path, use: trust.profile)
    }

    private func addSignInRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let signIn = SignInPages(
            pages: pages, accounts: accounts, signIns: signIns, resets: resets, cookies: cookies,
            providerName: openID?.name)
        let signUp = SignUpPages(
            pages: pages, accounts: accounts, invitations: invitations, cookies: cookies, providerName: openID?.name)
        let passkey = PasskeyPages(pages: pages, passkeys: passkeys, origins: origins, cookies: cookies)
        let reset = PasswordResetPages(pages: pages, resets: resets)
        let channels = ChannelPages(pages: pages, messages: messages)
        let home: @Sendable (Request, AppContext) async throws -> Response = { request, context in
            context.principal == nil
                ? try await signIn.home(request, context) : try await channels.home(request, context)
        }
        router.get("/", use: home)
        router.get("dashboard", use: home)
        router.get("welcome", use: signUp.welcomeForm)
        router.post("welcome", use: signUp.welcome)
        router.get("signin", use: signIn.signInForm)
        router.post("signin", use: signIn.signIn)
        router.get("session", use: signIn.signInForm)
        router.post("session", use: signIn.signIn)
        router.post("signin/code", use: signIn.finish)
        router.post("signin/password", use: signIn.renewPassword)
        router.post("signin/passkey/options", use: passkey.signInOptions)
        router.post("signin/passkey", use: passkey.signIn)
        router.get("forgotten", use: reset.form)
        router.post("forgotten", use: reset.ask)
        router.get("reset", use: reset.form)
        router.post("reset", use: reset.use)
        router.get("signup", use: signUp.signUpForm)
        router.post("signup", use: signUp.signUp)
        router.post("signout", use: signIn.signOut)
        router.delete("signout", use: signIn.signOut)
        addOpenIDRoutes(to: router, pages, signIn)
    }

    private func addOpenIDRoutes(to router: Router<AppContext>, _ pages: Pages, _ signIn: SignInPages) {
        guard let openID else { return }
        let provider = OpenIDPages(
            pages: pages, openID: openID, signIn: signIn, publicAddress: PublicAddress(settings), cookies: cookies)
        router.get("signin/openid", use: provider.begin)
        router.get(RouterPath(OpenIDSignIns.callback), use: provider.finish)
        router.post("settings/openid", use: provider.connect)
        router.post("settings/openid/removal", use: provider.disconnect)
        router.post("settings/confirm/openid", use: provider.confirm)
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
        let message = MessagePages(pages: pages, messages: messages, commands: commands, uploads: uploads)
        let panel = MessagePanelPages(pages: pages, messages: messages)
        let previews = LinkPreviewsAPI(previews: linkPreviews, links: links)

        router.get("channels/:id/messages", use: message.index)
        router.post("channels/:id/messages", use: message.create)
        router.get("channels/:id/commands", use: CommandsAPI(commands: commands).index)
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
        router.delete("messages/:id/previews/:preview_id", use: previews.remove)
        router.post("messages/:id/previews/:preview_id/removal", use: previews.remove)
        router.post("messages/:id/pin", use: message.pin)
        router.delete("messages/:id/pin", use: message.unpin)
        router.post("markdown", use: message.preview)
    }

    private func addFileRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let serving = FileServingPages(files: files, previews: linkPreviews, lost: lostBytes)
        let upload = FilePages(pages: pages, files: files, uploads: uploads)

        router.post("files", use: upload.create)
        router.delete("files/:key", use: upload.delete)
        router.get("channels/:id/files", use: GalleryPages(pages: pages, files: files).index)
        router.get("files/:key", use: serving.file)
        router.get("files/:key/thumbnail", use: serving.thumbnail)
        router.get("messages/:id/previews/:preview_id/image", use: serving.preview)
    }

    private func addSettingsRoutes(to router: Router<AppContext>, _ pages: Pages) {
        let profile = ProfilePages(pages: pages)
        let security = SecurityPages(
            pages: pages, sessions: sessions, accounts: accounts, secondFactors: secondFactors, passkeys: passkeys,
            resets: resets, openID: openID, cookies: cookies)
        let tokens = TokenPages(pages: pages, tokens: tokens)

        for path in ["settings", "settings/edit", "settings/profile"] {
            router.get(RouterPath(path), use: profile.profile)
        }
        router.post("settings/profile", use: profile.updateProfile)
        router.get("settings/preferences", use: profile.preferences)
        router.post("settings/preferences", use: profile.updatePreferences)
        router.get("settings/security", use: security.security)
        router.post("settings/password", use: security.changePassword)
        router.post("settings/email", use: security.setEmail)
        router.post("settings/notices/dismissal", use: security.dismissNotices)
        addProtectionRoutes(to: router, pages, security)
        router.post("settings/sessions/revocation", use: security.revokeOthers)
        router.post("settings/sessions/:id/revocation", use: security.revoke)
        router.get("settings/tokens", use: tokens.index)
        router.post("settings/tokens", use: tokens.create)
        router.post("settings/tokens/:id/revocation", use: tokens.revoke)
        router.post("settings/tokens/:id/rotation", use: tokens.rotate)
    }

    private func addProtectionRoutes(to router: Router<AppContext>, _ pages: Pages, _ security: SecurityPages) {
        let second = SecondFactorPages(
            pages: pages, secondFactors: secondFactors, security: security, cookies: cookies)
        let passkey = PasskeyPages(pages: pages, passkeys: passkeys, origins: origins, cookies: cookies)
        let confirm = ConfirmPages(pages: pages, proofs: proofs, passkeys: passkeys, openID: openID)

        router.get("settings/confirm", use: confirm.form)
        router.post("settings/confirm", use: confirm.confirm)
        router.post("settings/confirm/passkey/options", use: passkey.confirmationOptions)
        router.post("settings/confirm/passkey", use: passkey.confirm)
        router.get("settings/second-factor", use: second.form)
        router.post("settings/second-factor", use: second.prepare)
        router.post("settings/second-factor/code", use: second.enable)
        router.post("settings/second-factor/passkey", use: second.enableWithPasskey)
        router.post("settings/second-factor/removal", use: second.disable)
        router.post("settings/backup-codes", use: second.replaceBackupCodes)
        router.post("settings/passkeys/options", use: passkey.registrationOptions)
        router.post("settings/passkeys", use: passkey.register)
        router.post("settings/passkeys/:id/name", use: passkey.rename)
        router.post("settings/passkeys/:id/removal", use: passkey.remove)
    }

    private var securityText: SecurityText {
        SecurityText(contact: settings.securityContact, publicURL: settings.publicURLs.first, now: now)
    }

    func reference(_ pages: Pages) -> APIReferencePages {
        APIReferencePages(pages: pages, publicURL: settings.publicURLs.first)
    }

    /// What all pages are made with. Files come from the binary, in development from their folder.
    func pages() throws -> Pages {
        let web = try settings.assetsDirectory.map(WebFiles.folder) ?? WebFiles.embedded()
        return Pages(
            links: links, assets: Assets(web), templates: try Templates(web),
            reference: APIDocument(web, basePath: settings.basePath), site: site, users: users, channels: channels,
            readOnly: readOnly, uploads: settings.files, now: now)
    }
}
