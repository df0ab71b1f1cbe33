import Hummingbird

/// Getting in and out with a browser.
struct SignInPages: Sendable {
    let pages: Pages
    let accounts: Accounts
    let signIns: SignIns
    let resets: PasswordResets
    let cookies: SessionCookies
    /// What the button calls the provider; nil: there is none.
    let providerName: String?

    private struct SignIn: PageContent {
        static let template = "sign-in/signin"
        let title = "Sign in"
        let username: String
        let returnTo: String?
        let allowsSignup: Bool
        let sendsMail: Bool
        let providerName: String?
        let providerAddress: String
        let problem: String?
        let done: String?
    }

    private struct SecondStep: PageContent {
        static let template = "sign-in/second-step"
        let title = "Second step"
        let step: String
        let hasApp: Bool
        let hasPasskey: Bool
        let returnTo: String?
        let problem: String?
    }

    private struct NewPassword: PageContent {
        static let template = "sign-in/new-password"
        let title = "Choose a new password"
        let step: String
        let returnTo: String?
        let problem: String?
    }

    @Sendable func home(_ request: Request, _ context: AppContext) async throws -> Response {
        if try await accounts.needsFirstRun() { return pages.go(to: pages.links.welcome) }
        return pages.go(to: pages.links.signIn)
    }

    @Sendable func signInForm(_ request: Request, _ context: AppContext) async throws -> Response {
        if context.principal != nil { return pages.go(to: pages.links.home) }
        if try await accounts.needsFirstRun() { return pages.go(to: pages.links.welcome) }
        return try await showSignIn(try RequestFields(queryOf: request), nil, request, context)
    }

    @Sendable func signIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        do {
            let outcome = try await signIns.signIn(
                username: try fields.string("username") ?? "", password: try fields.string("password") ?? "",
                device: Device(browser: request, context, cookies))
            return try await goOn(outcome, fields, request, context)
        } catch ChatError.unauthenticated {
            return try await showSignIn(fields, "That user name and password do not belong together.", request, context)
        } catch let error as ChatError {
            guard case .keptOut = error, let problem = error.formProblem else { throw error }
            return try await showSignIn(fields, problem, request, context)
        }
    }

    /// The code of the second step.
    @Sendable func finish(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        do {
            let outcome = try await signIns.finish(
                step: try fields.requiredString("step"), code: try fields.string("otp_code") ?? "",
                device: Device(browser: request, context, cookies))
            return try await goOn(outcome, fields, request, context)
        } catch ChatError.unauthenticated {
            return try await showSignIn(fields, "That took too long. Sign in again.", request, context)
        } catch let error as ChatError {
            guard case .keptOut = error, let problem = error.formProblem else { throw error }
            return try await showSignIn(fields, problem, request, context)
        }
    }

    /// The new password that somebody was asked for.
    @Sendable func renewPassword(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        let step = try fields.requiredString("step")
        do {
            let outcome = try await signIns.finish(
                step: step, newPassword: try fields.newPassword(), device: Device(browser: request, context, cookies))
            return try await goOn(outcome, fields, request, context)
        } catch ChatError.unauthenticated {
            return try await showSignIn(fields, "That took too long. Sign in again.", request, context)
        } catch let error as ChatError {
            guard let problem = error.formProblem else { throw error }
            let content = NewPassword(step: step, returnTo: try fields.string("return_to"), problem: problem)
            return try await pages.showCard(content, request, context, status: .unprocessableContent)
        }
    }

    @Sendable func signOut(_ request: Request, _ context: AppContext) async throws -> Response {
        if let principal = context.principal {
            _ = try await pages.fields(of: request, context)
            try await accounts.signOut(principal)
        }
        var response = pages.go(to: pages.links.signIn)
        cookies.clear(on: &response, isSecure: context.client.isSecure)
        return response
    }

    private func goOn(
        _ outcome: SignIns.Outcome, _ fields: RequestFields, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        try await goOn(outcome, returnTo: try fields.string("return_to"), request, context)
    }

    /// In, or to what is asked for next.
    func goOn(
        _ outcome: SignIns.Outcome, returnTo: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        switch outcome {
        case .entered(let signedIn):
            var response = pages.go(to: pages.links.returning(to: returnTo))
            cookies.enter(signedIn, on: &response, isSecure: context.client.isSecure)
            return response
        case .needsSecondFactor(let step, let hasApp, let hasPasskey, let problem):
            let content = SecondStep(
                step: step, hasApp: hasApp, hasPasskey: hasPasskey, returnTo: returnTo, problem: problem)
            return try await pages.showCard(
                content, request, context, status: problem == nil ? .ok : .unprocessableContent)
        case .needsPassword(let step):
            return try await pages.showCard(
                NewPassword(step: step, returnTo: returnTo, problem: nil), request, context)
        }
    }

    private func showSignIn(
        _ fields: RequestFields, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let content = SignIn(
            username: try fields.string("username") ?? "", returnTo: try fields.string("return_to"),
            allowsSignup: try await pages.site.settings().signUps.isForStrangers, sendsMail: resets.canSendMail,
            providerName: providerName,
            providerAddress: pages.links.provider(returningTo: try fields.string("return_to")),
            problem: problem, done: try fields.string("done") == "password" ? "Your password is changed. Sign in." : nil
        )
        return try await pages.showCard(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }
}

extension SignUpMode {
    /// Whether the page offers it to whoever comes by.
    var isForStrangers: Bool { self == .open || self == .approval }
}
