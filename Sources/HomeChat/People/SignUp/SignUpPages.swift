import Hummingbird

/// Making an account with a browser, and the first run.
struct SignUpPages: Sendable {
    let pages: Pages
    let accounts: Accounts
    let invitations: Invitations
    let cookies: SessionCookies
    /// What the button calls the provider; nil: there is none.
    let providerName: String?

    private struct SignUp: PageContent {
        static let template = "sign-in/signup"
        let title = "Make an account"
        let username: String
        let displayName: String
        /// The secret of the link that the person came by.
        let invitation: String?
        let allowsSignup: Bool
        let needsInvitation: Bool
        let needsApproval: Bool
        let providerName: String?
        let problem: String?
    }

    struct Waiting: PageContent {
        static let template = "sign-in/waiting"
        let title = "Almost there"
        let displayName: String

        init(of user: User) { displayName = user.displayName }
    }

    private struct Welcome: PageContent {
        static let template = "sign-in/welcome"
        let title = "Welcome"
        let newSiteName: String
        let username: String
        let displayName: String
        let needsSecret: Bool
        let problem: String?
    }

    @Sendable func signUpForm(_ request: Request, _ context: AppContext) async throws -> Response {
        if context.principal != nil { return pages.go(to: pages.links.home) }
        if try await accounts.needsFirstRun() { return pages.go(to: pages.links.welcome) }
        return try await showSignUp(try RequestFields(queryOf: request), nil, request, context)
    }

    @Sendable func signUp(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        do {
            let signedIn = try await accounts.signUp(
                try NewAccount(fields), invitation: try fields.string("invitation"),
                secret: try fields.string("setup_secret"), device: Device(browser: request, context, cookies))
            guard !signedIn.user.awaitsApproval else {
                return try await pages.showCard(
                    Waiting(of: signedIn.user), request, context, status: .created)
            }
            return enter(signedIn, context)
        } catch let error as ChatError {
            guard let problem = error.formProblem else { throw error }
            return try await showSignUp(fields, problem, request, context)
        }
    }

    @Sendable func welcomeForm(_ request: Request, _ context: AppContext) async throws -> Response {
        guard try await accounts.needsFirstRun() else { return pages.go(to: pages.links.home) }
        return try await showWelcome(RequestFields(), nil, request, context)
    }

    @Sendable func welcome(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        do {
            let siteName = try fields.string("site_name").flatMap { $0.isEmpty ? nil : $0 }
            let signedIn = try await accounts.setUp(
                siteName: siteName, try NewAccount(fields), secret: try fields.string("setup_secret"),
                device: Device(browser: request, context, cookies))
            return enter(signedIn, context)
        } catch let error as ChatError {
            guard let problem = error.formProblem, try await accounts.needsFirstRun() else { throw error }
            return try await showWelcome(fields, problem, request, context)
        }
    }

    private func enter(_ signedIn: Accounts.SignedIn, _ context: AppContext) -> Response {
        var response = pages.go(to: pages.links.home)
        cookies.enter(signedIn, on: &response, isSecure: context.client.isSecure)
        return response
    }

    private func showSignUp(
        _ fields: RequestFields, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let sent = try fields.object("user") ?? fields
        let mode = try await pages.site.settings().signUps
        let secret = try fields.string("invitation")
        var isInvited = false
        if let secret, mode != .off { isInvited = try await invitations.isOpen(secret) }
        let content = SignUp(
            username: try sent.string("username") ?? "", displayName: try sent.string("display_name") ?? "",
            invitation: isInvited ? secret : nil, allowsSignup: isInvited || mode.isForStrangers,
            needsInvitation: mode == .invitation, needsApproval: mode == .approval && !isInvited,
            providerName: providerName,
            problem: problem ?? (secret != nil && !isInvited ? "This invitation was used already, or is too old." : nil)
        )
        return try await pages.showCard(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }

    private func showWelcome(
        _ fields: RequestFields, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let sent = try fields.object("user") ?? fields
        let content = Welcome(
            newSiteName: try fields.string("site_name") ?? "HomeChat", username: try sent.string("username") ?? "",
            displayName: try sent.string("display_name") ?? "", needsSecret: accounts.setUpGate.secret != nil,
            problem: problem)
        return try await pages.showCard(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }
}
