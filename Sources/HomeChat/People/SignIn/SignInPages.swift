import Hummingbird

/// Getting in and out with a browser, and the first run.
struct SignInPages: Sendable {
    let pages: Pages
    let accounts: Accounts
    let cookies: SessionCookies

    private struct SignIn: PageContent {
        static let template = "sign-in/signin"
        let title = "Sign in"
        let username: String
        let returnTo: String?
        let allowsSignup: Bool
        let problem: String?
    }

    private struct SignUp: PageContent {
        static let template = "sign-in/signup"
        let title = "Make an account"
        let username: String
        let displayName: String
        let allowsSignup: Bool
        let problem: String?
    }

    private struct Welcome: PageContent {
        static let template = "sign-in/welcome"
        let title = "Welcome"
        let newSiteName: String
        let username: String
        let displayName: String
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
            let signedIn = try await accounts.signIn(
                username: try fields.string("username") ?? "", password: try fields.string("password") ?? "",
                device: Device(kind: .browser, request, context))
            return enter(signedIn, context, to: pages.links.returning(to: try fields.string("return_to")))
        } catch ChatError.unauthenticated {
            SecurityLog.loginFailed(ip: context.client.ip, requestID: context.id)
            return try await showSignIn(fields, "That user name and password do not belong together.", request, context)
        }
    }

    @Sendable func signUpForm(_ request: Request, _ context: AppContext) async throws -> Response {
        if context.principal != nil { return pages.go(to: pages.links.home) }
        if try await accounts.needsFirstRun() { return pages.go(to: pages.links.welcome) }
        return try await showSignUp(RequestFields(), nil, request, context)
    }

    @Sendable func signUp(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        do {
            let signedIn = try await accounts.signUp(
                try NewAccount(fields), device: Device(kind: .browser, request, context))
            return enter(signedIn, context, to: pages.links.home)
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
                siteName: siteName, try NewAccount(fields), device: Device(kind: .browser, request, context))
            return enter(signedIn, context, to: pages.links.home)
        } catch let error as ChatError {
            guard let problem = error.formProblem, try await accounts.needsFirstRun() else { throw error }
            return try await showWelcome(fields, problem, request, context)
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

    private func enter(_ signedIn: Accounts.SignedIn, _ context: AppContext, to address: String) -> Response {
        var response = pages.go(to: address)
        cookies.set(signedIn.token, on: &response, isSecure: context.client.isSecure)
        return response
    }

    private func showSignIn(
        _ fields: RequestFields, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let content = SignIn(
            username: try fields.string("username") ?? "", returnTo: try fields.string("return_to"),
            allowsSignup: try await pages.site.settings().allowSignups, problem: problem)
        return try await pages.showCard(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }

    private func showSignUp(
        _ fields: RequestFields, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let sent = try fields.object("user") ?? fields
        let content = SignUp(
            username: try sent.string("username") ?? "", displayName: try sent.string("display_name") ?? "",
            allowsSignup: try await pages.site.settings().allowSignups, problem: problem)
        return try await pages.showCard(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }

    private func showWelcome(
        _ fields: RequestFields, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let sent = try fields.object("user") ?? fields
        let content = Welcome(
            newSiteName: try fields.string("site_name") ?? "HomeChat", username: try sent.string("username") ?? "",
            displayName: try sent.string("display_name") ?? "", problem: problem)
        return try await pages.showCard(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }
}
