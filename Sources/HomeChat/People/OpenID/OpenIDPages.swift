import Hummingbird

/// To the provider and back, with a browser.
struct OpenIDPages: Sendable {
    let pages: Pages
    let openID: OpenIDSignIns
    let signIn: SignInPages
    let publicAddress: PublicAddress
    let cookies: SessionCookies

    /// Says why, and what to do about it.
    private struct Problem: PageContent {
        static let template = "sign-in/openid-problem"
        let title = "That did not work"
        let provider: String
        let explanation: String
        let isSignedIn: Bool
    }

    /// A form may not lead to another site here (`form-action 'self'`), so a page goes on by itself.
    private struct OnTheWay: PageContent {
        static let template = "sign-in/openid-departure"
        let title = "On the way"
        let provider: String
        let address: String
    }

    @Sendable func begin(_ request: Request, _ context: AppContext) async throws -> Response {
        if context.principal != nil { return pages.go(to: pages.links.home) }
        let fields = try RequestFields(queryOf: request)
        if let elsewhere = try publicPage(request, fields) { return pages.go(to: elsewhere) }
        do {
            let departure = try await openID.begin(
                returnTo: try fields.string("return_to"), invitation: try fields.string("invitation"))
            var response = pages.go(to: departure.address)
            cookies.keepAttempt(departure.cookie, on: &response, isSecure: context.client.isSecure)
            return response
        } catch let problem as OpenIDProblem {
            return try await show(problem, request, context)
        }
    }

    @Sendable func finish(_ request: Request, _ context: AppContext) async throws -> Response {
        // Not from the request's usual fields, which leave codes in addresses unread.
        let query = RequestFields(try RequestFields.form(request.uri.query ?? ""))
        let answer = OpenIDSignIns.Answer(
            state: try query.string("state"), code: try query.string("code"), error: try query.string("error"),
            issuer: try query.string("iss"))
        let attempt = cookies.attempt(in: request, isSecure: context.client.isSecure)
        var response: Response
        do {
            let arrival = try await openID.finish(
                answer, cookie: attempt,
                device: Device(browser: request, context, cookies), as: context.principal)
            response = try await goOn(arrival, request, context)
        } catch OpenIDProblem.stale where context.principal != nil && attempt == nil {
            return pages.go(to: pages.links.home)  // the page was loaded again
        } catch let problem as OpenIDProblem {
            response = try await show(problem, request, context)
        }
        cookies.forgetAttempt(on: &response, isSecure: context.client.isSecure)
        return response
    }

    @Sendable func connect(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        return try await depart(request, context) { try await openID.beginConnecting(as: $0) }
    }

    @Sendable func confirm(_ request: Request, _ context: AppContext) async throws -> Response {
        let returnTo = try await pages.fields(of: request, context).string("return_to")
        return try await depart(request, context) {
            try await openID.beginConfirming(returnTo: returnTo, as: $0)
        }
    }

    @Sendable func disconnect(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await openID.disconnect(as: try context.requirePrincipal())
        return pages.go(to: pages.links.settings(.security, done: "removed"))
    }

    private func depart(
        _ request: Request, _ context: AppContext, _ begin: (Principal) async throws -> OpenIDSignIns.Departure
    ) async throws -> Response {
        do {
            let departure = try await begin(try context.requirePrincipal())
            var response = try await pages.showCard(
                OnTheWay(provider: openID.name, address: departure.address), request, context)
            cookies.keepAttempt(departure.cookie, on: &response, isSecure: context.client.isSecure)
            return response
        } catch let problem as OpenIDProblem {
            return try await show(problem, request, context)
        }
    }

    private func goOn(
        _ arrival: OpenIDSignIns.Arrival, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        switch arrival {
        case .signIn(let outcome, let returnTo):
            try await signIn.goOn(outcome, returnTo: returnTo, request, context)
        case .waiting(let user): try await pages.showCard(SignUpPages.Waiting(of: user), request, context)
        case .connected: pages.go(to: pages.links.settings(.security, done: "connected"))
        case .confirmed(let returnTo): pages.go(to: pages.links.returning(to: returnTo))
        }
    }

    /// The provider sends people back to the public address, so the browser has to have begun there, where its cookie counts.
    /// Asked for once: a proxy may tell another name.
    private func publicPage(_ request: Request, _ fields: RequestFields) throws -> String? {
        guard try fields.string("here") == nil, let authority = request.head.publicAuthority?.lowercased(),
            !publicAddress.hasAuthority(authority)
        else { return nil }
        let query = request.uri.query.map { "\($0)&" } ?? ""
        return publicAddress.link(to: "/signin/openid?\(query)here=1")
    }

    private func show(
        _ problem: OpenIDProblem, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let content = Problem(
            provider: openID.name, explanation: problem.words, isSignedIn: context.principal != nil)
        let status: HTTPResponse.Status =
            switch problem {
            case .provider: .badGateway
            case .token, .refused: .forbidden
            case .declined, .stale: .unprocessableContent
            }
        return try await pages.showCard(content, request, context, status: status)
    }
}
