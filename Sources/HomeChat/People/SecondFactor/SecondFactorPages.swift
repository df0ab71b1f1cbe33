import Hummingbird

/// Turning the second step on, step by step, and off.
struct SecondFactorPages: Sendable {
    let pages: Pages
    let secondFactors: SecondFactors
    let security: SecurityPages
    let cookies: SessionCookies

    private struct Enrol: PageContent {
        static let template = "settings/second-factor"
        let title = "Second step"
        let heading = "Settings"
        let tabSecurity = true
        let secret: String
        let address: String
        let viewBox: String
        let path: String
        let problem: String?
    }

    private struct Codes: PageContent {
        static let template = "settings/backup-codes"
        let title = "Backup codes"
        let heading = "Settings"
        let tabSecurity = true
        let isNew: Bool
        let codes: [CodeRow]
    }

    private struct CodeRow: View {
        let code: String
    }

    /// Shows the secret that waits for its first code.
    @Sendable func form(_ request: Request, _ context: AppContext) async throws -> Response {
        guard let enrolment = try await secondFactors.prepared(as: try context.requirePrincipal()) else {
            return pages.go(to: pages.links.settings(.security))
        }
        return try await show(enrolment, nil, request, context)
    }

    @Sendable func prepare(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        do {
            let enrolment = try await secondFactors.prepare(as: try context.requirePrincipal())
            return try await show(enrolment, nil, request, context)
        } catch let error as ChatError {
            return try await security.show(error, request, context)
        }
    }

    @Sendable func enable(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let principal = try context.requirePrincipal()
        do {
            let enabled = try await secondFactors.enable(code: try fields.string("code") ?? "", as: principal)
            return try await show(enabled, request, context)
        } catch let error as ChatError {
            guard let problem = error.formProblem, !request.wantsJSON,
                let enrolment = try await secondFactors.prepared(as: principal)
            else { throw error }
            return try await show(enrolment, problem, request, context)
        }
    }

    @Sendable func enableWithPasskey(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        do {
            let enabled = try await secondFactors.enableWithPasskey(as: try context.requirePrincipal())
            return try await show(enabled, request, context)
        } catch let error as ChatError {
            return try await security.show(error, request, context)
        }
    }

    @Sendable func disable(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        do {
            let token = try await secondFactors.disable(
                password: try fields.string("password") ?? "", code: try fields.string("code") ?? "",
                as: try context.requirePrincipal())
            var response = pages.go(to: pages.links.settings(.security, done: "second-factor-off"))
            if let token { cookies.set(token, on: &response, isSecure: context.client.isSecure) }
            return response
        } catch let error as ChatError {
            return try await security.show(error, request, context)
        }
    }

    @Sendable func replaceBackupCodes(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        do {
            let codes = try await secondFactors.replaceBackupCodes(as: try context.requirePrincipal())
            return try await pages.show(
                Codes(isNew: false, codes: codes.map { CodeRow(code: $0.text) }), request, context)
        } catch let error as ChatError {
            return try await security.show(error, request, context)
        }
    }

    private func show(
        _ enrolment: SecondFactors.Enrolment, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let code = try QRCode(enrolment.address)
        let content = Enrol(
            secret: Self.grouped(enrolment.secret), address: enrolment.address, viewBox: code.viewBox, path: code.path,
            problem: problem)
        return try await pages.show(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }

    /// With the session's new secret, so that the forms of this page belong to it.
    private func show(
        _ enabled: SecondFactors.Enabled, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        var context = context
        if let token = enabled.token { context.sessionSecret = token }
        let content = Codes(isNew: true, codes: enabled.backupCodes.map { CodeRow(code: $0.text) })
        var response = try await pages.show(content, request, context)
        if let token = enabled.token { cookies.set(token, on: &response, isSecure: context.client.isSecure) }
        return response
    }

    /// In fours, for whoever types it.
    private static func grouped(_ secret: String) -> String {
        let letters = Array(secret)
        return stride(from: 0, to: letters.count, by: 4).map { String(letters[$0..<min($0 + 4, letters.count)]) }
            .joined(separator: " ")
    }
}
