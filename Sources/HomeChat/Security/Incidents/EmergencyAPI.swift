import Hummingbird

/// `/api/v1/emergency`: for admins, by a session or a token with the scope `admin`. Each answers with its receipt.
struct EmergencyAPI: Sendable {
    typealias Handler = @Sendable (Request, AppContext) async throws -> Response

    let emergencies: Emergencies

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        try JSONBody.response(try await emergencies.state(as: try context.requirePrincipal()))
    }

    var revokeTokens: Handler { take { _ in .revokeTokens } }
    var lockUsers: Handler { take { .lockUsers(try $0.lock()) } }
    var expireSessions: Handler { take { _ in .expireSessions } }
    var lockdown: Handler { take { .lockdown(try $0.lock()) } }
    var lift: Handler { take { _ in .lift } }
    var resetPasswords: Handler { take { _ in .resetPasswords } }
    var readOnly: Handler {
        take { fields in
            guard let isOn = try fields.boolean("on") else { throw ChatError.missing("on") }
            return .readOnly(isOn)
        }
    }

    private func take(_ measure: @escaping @Sendable (RequestFields) throws -> EmergencyMeasure) -> Handler {
        { request, context in
            let principal = try context.requirePrincipal()
            try principal.requireAdmin()
            let fields = try await RequestFields(of: request, context)
            let receipt = try await emergencies.take(
                try measure(fields), isDryRun: try fields.boolean("dry_run") ?? false, as: principal)
            return try JSONBody.response(receipt)
        }
    }
}

extension RequestFields {
    /// `for`: how long accounts stay locked.
    func lock() throws -> Duration {
        guard let text = try string("for"), !text.isEmpty else { return EmergencyMeasure.usualLock }
        guard let lock = Duration(span: text) else {
            throw ChatError.invalid("for", "must be a time like 30m, 24h or 7d")
        }
        return lock
    }
}
