import Hummingbird

/// Signing in, up and out for apps: the answer carries a token of that device's own.
struct SignInAPI: Sendable {
    let accounts: Accounts
    let signIns: SignIns

    struct Answer: Encodable {
        struct Account: Encodable {
            let id: User.ID
            let username: String
            let role: String
        }

        enum CodingKeys: String, CodingKey {
            case success, user, token
            case requiresApproval = "requires_approval"
        }

        let success = true
        let user: Account
        let token: String
        /// The token is worth nothing before an admin said yes.
        let requiresApproval: Bool?

        init(_ signedIn: Accounts.SignedIn) {
            user = Account(id: signedIn.user.id, username: signedIn.user.username, role: signedIn.user.role.word)
            token = signedIn.token
            requiresApproval = signedIn.user.awaitsApproval ? true : nil
        }
    }

    /// The password is right, and not enough.
    struct Unfinished: Encodable {
        enum CodingKeys: String, CodingKey {
            case success, error, message
            case requiresSecondFactor = "requires_2fa"
            case mustChangePassword = "must_change_password"
        }

        let success = false
        let message: String
        let error: String
        var requiresSecondFactor: Bool?
        var mustChangePassword: Bool?

        init?(_ outcome: SignIns.Outcome) {
            switch outcome {
            case .entered: return nil
            case .needsSecondFactor(_, _, _, let problem):
                message = problem ?? "Send the code of your authenticator app, or a backup code, as otp_code."
                requiresSecondFactor = true
            case .needsPassword:
                message = "Sign in on the page to choose a new password first."
                mustChangePassword = true
            }
            error = message
        }
    }

    @Sendable func signIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        let outcome = try await signIns.signIn(
            username: try fields.requiredString("username"), password: try fields.requiredString("password"),
            code: try fields.string("otp_code"), device: Device(kind: .device, request, context))
        if let unfinished = Unfinished(outcome) { return try JSONBody.response(unfinished, status: .unauthorized) }
        return try JSONBody.response(Answer(try outcome.signedIn))
    }

    @Sendable func signUp(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        let signedIn = try await accounts.signUp(
            try NewAccount(fields), invitation: try fields.string("invitation"),
            secret: try fields.string("setup_secret"), device: Device(kind: .device, request, context))
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
        try self.init(
            username: try fields.requiredString("username"), displayName: try fields.string("display_name"),
            password: try fields.newPassword())
    }
}

extension RequestFields {
    /// A password typed twice: the second may be left out, but not differ.
    func newPassword() throws -> String {
        let password = try requiredString("password")
        if let confirmation = try string("password_confirmation"), confirmation != password {
            throw ChatError.invalid("password_confirmation", "is not the same")
        }
        return password
    }
}

extension Device {
    init(kind: Session.Kind, _ request: Request, _ context: AppContext) {
        self.init(kind: kind, caller: context.caller(of: request))
    }
}
