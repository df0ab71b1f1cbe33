import Hummingbird

/// Signing in, up and out for apps: the answer carries a token of that device's own.
struct SignInAPI: Sendable {
    let accounts: Accounts

    struct Answer: Encodable {
        struct Account: Encodable {
            let id: User.ID
            let username: String
            let role: String
        }

        let success = true
        let user: Account
        let token: String

        init(_ signedIn: Accounts.SignedIn) {
            user = Account(id: signedIn.user.id, username: signedIn.user.username, role: signedIn.user.role.rawValue)
            token = signedIn.token
        }
    }

    @Sendable func signIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        let username = try fields.requiredString("username")
        let password = try fields.requiredString("password")
        do {
            let signedIn = try await accounts.signIn(
                username: username, password: password, device: Device(kind: .device, request, context))
            return try JSONBody.response(Answer(signedIn))
        } catch ChatError.unauthenticated {
            SecurityLog.loginFailed(ip: context.client.ip, requestID: context.id)
            throw ChatError.unauthenticated
        }
    }

    @Sendable func signUp(_ request: Request, _ context: AppContext) async throws -> Response {
        let account = try NewAccount(try await RequestFields(of: request, context))
        let signedIn = try await accounts.signUp(account, device: Device(kind: .device, request, context))
        return try JSONBody.response(Answer(signedIn), status: .created)
    }

    @Sendable func signOut(_ request: Request, _ context: AppContext) async throws -> Response {
        try await accounts.signOut(try context.requirePrincipal())
        return try JSONBody.response(Done("signed out"))
    }
}

extension NewAccount {
    /// From a request's fields, plain or inside `user`. The confirmation may be left out, but not differ.
    init(_ fields: RequestFields) throws {
        let fields = try fields.object("user") ?? fields
        let password = try fields.requiredString("password")
        if let confirmation = try fields.string("password_confirmation"), confirmation != password {
            throw ChatError.invalid("password_confirmation", "is not the same")
        }
        try self.init(
            username: try fields.requiredString("username"), displayName: try fields.string("display_name"),
            password: password)
    }
}

extension Device {
    init(kind: Session.Kind, _ request: Request, _ context: AppContext) {
        self.init(kind: kind, caller: context.caller(of: request))
    }
}
