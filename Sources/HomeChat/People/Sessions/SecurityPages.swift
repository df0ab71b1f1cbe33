import Hummingbird

/// How somebody's account is guarded: sign-ins, password, second step, passkeys.
struct SecurityPages: Sendable {
    let pages: Pages
    let sessions: Sessions
    let accounts: Accounts
    let secondFactors: SecondFactors
    let passkeys: Passkeys
    let resets: PasswordResets
    let openID: OpenIDSignIns?
    let cookies: SessionCookies

    private struct Security: PageContent {
        static let template = "settings/security"
        let title = "Security"
        let heading = "Settings"
        let tabSecurity = true
        let notices: [NoticeRow]
        let hasNotices: Bool
        let sessions: [SessionRow]
        let hasOthers: Bool
        let passkeys: [PasskeyRow]
        let hasPasskeys: Bool
        let hasSecondFactor: Bool
        let hasApp: Bool
        let mayUsePasskey: Bool
        let backupCodesLeft: Int
        let hasPassword: Bool
        let provider: ProviderRow?
        let email: String
        let sendsMail: Bool
        let problem: String?
        let done: String?
    }

    private struct NoticeRow: View {
        let device: String
        let address: String
        let news: String
        let seenAt: String
        let seenText: String

        init(_ notice: SignInNotice, _ time: LocalTime) {
            device = DeviceName(userAgent: notice.userAgent, kind: .browser).text
            address = notice.ipAddress
            news =
                switch (notice.isNewDevice, notice.isNewNetwork) {
                case (true, true): "a new device and a new network"
                case (true, false): "a new device"
                default: "a new network"
                }
            seenAt = notice.createdAt.iso8601
            seenText = time.exact(notice.createdAt)
        }
    }

    private struct ProviderRow: View {
        let provider: String
        let isConnected: Bool
        let mayDisconnect: Bool
        let usedAt: String?
        let usedText: String

        init(_ name: String, _ state: OpenIDSignIns.State, _ time: LocalTime) {
            provider = name
            isConnected = state.isConnected
            mayDisconnect = state.mayDisconnect
            usedAt = state.lastUsedAt?.iso8601
            usedText = state.lastUsedAt.map { time.exact($0) } ?? ""
        }
    }

    private struct PasskeyRow: View {
        let passkeyId: String
        let passkeyName: String
        let isBackedUp: Bool
        let relyingParty: String
        let madeAt: String
        let madeText: String
        let usedAt: String?
        let usedText: String

        init(_ passkey: Passkey, _ time: LocalTime) {
            passkeyId = passkey.id.description
            passkeyName = passkey.name
            isBackedUp = passkey.isBackedUp
            relyingParty = passkey.relyingParty
            madeAt = passkey.createdAt.iso8601
            madeText = time.exact(passkey.createdAt)
            usedAt = passkey.lastUsedAt?.iso8601
            usedText = passkey.lastUsedAt.map { time.exact($0) } ?? ""
        }
    }

    private struct SessionRow: View {
        let sessionId: String
        let device: String
        let address: String
        let isThis: Bool
        let lastUsed: String
        let lastUsedText: String
        let since: String
        let sinceText: String

        init(_ session: Session, current: Principal.Credential, _ time: LocalTime) {
            sessionId = session.id.description
            device = DeviceName(session).text
            address = session.ipAddress
            isThis = current == .session(session.id)
            lastUsed = session.lastSeenAt.iso8601
            lastUsedText = time.exact(session.lastSeenAt)
            since = session.createdAt.iso8601
            sinceText = time.exact(session.createdAt)
        }
    }

    @Sendable func security(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context, done: try SettingsTab.notice(request))
    }

    @Sendable func changePassword(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        do {
            let token = try await accounts.changePassword(
                current: try fields.string("current_password") ?? "", new: try fields.newPassword(),
                as: try context.requirePrincipal())
            var response = try done(request, "password")
            if let token { cookies.set(token, on: &response, isSecure: context.client.isSecure) }
            return response
        } catch let error as ChatError {
            return try await show(error, request, context)
        }
    }

    @Sendable func setEmail(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        do {
            try await pages.users.setEmail(try fields.string("email") ?? "", as: try context.requirePrincipal())
        } catch let error as ChatError {
            return try await show(error, request, context)
        }
        return try done(request, "saved")
    }

    @Sendable func revoke(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await sessions.revoke(try context.id(of: "session"), as: try context.requirePrincipal())
        return try done(request, "signed-out")
    }

    @Sendable func revokeOthers(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await sessions.revokeOthers(as: try context.requirePrincipal())
        return try done(request, "signed-out")
    }

    @Sendable func dismissNotices(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await sessions.dismissNotices(as: try context.requirePrincipal())
        return try done(request, "noted")
    }

    /// The page with what is wrong above it; what is no form's problem has a page of its own.
    func show(_ error: ChatError, _ request: Request, _ context: AppContext) async throws -> Response {
        guard let problem = error.formProblem, !request.wantsJSON else { throw error }
        return try await show(request, context, problem: problem)
    }

    private func show(
        _ request: Request, _ context: AppContext, problem: String? = nil, done: String? = nil
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let me = try await pages.users.me(principal)
        let time = LocalTime(zone: me.timeZone)
        let rows = try await sessions.list(as: principal).map { SessionRow($0, current: principal.credential, time) }
        let notices = try await sessions.notices(as: principal).map { NoticeRow($0, time) }
        let keys = try await passkeys.list(as: principal).map { PasskeyRow($0, time) }
        let second = try await secondFactors.state(as: principal)
        let link = try await openID?.state(as: principal)
        let content = Security(
            notices: notices, hasNotices: !notices.isEmpty, sessions: rows, hasOthers: rows.count > 1, passkeys: keys,
            hasPasskeys: !keys.isEmpty, hasSecondFactor: second.isEnabled, hasApp: second.hasApp,
            mayUsePasskey: !second.isEnabled && !keys.isEmpty, backupCodesLeft: second.backupCodesLeft,
            hasPassword: try await accounts.proofs.hasPassword(principal),
            provider: openID.flatMap { openID in link.map { ProviderRow(openID.name, $0, time) } },
            email: me.email ?? "", sendsMail: resets.canSendMail, problem: problem, done: done)
        return try await pages.show(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }

    private func done(_ request: Request, _ what: String) throws -> Response {
        request.wantsJSON
            ? try JSONBody.response(Done("done")) : pages.go(to: pages.links.settings(.security, done: what))
    }
}
