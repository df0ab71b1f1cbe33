import Foundation
import Hummingbird
import WebAuthn

/// What the page's script needs to make and use passkeys: options one way, the browser's answer the other.
struct PasskeyPages: Sendable {
    let pages: Pages
    let passkeys: Passkeys
    let origins: Origins
    let cookies: SessionCookies

    @Sendable func registrationOptions(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        let asked = try await passkeys.beginRegistration(as: try context.requirePrincipal())
        let siteName = try await pages.site.settings().siteName
        return try JSONBody.response(
            PasskeyCreationOptions(asked, at: try party(request, context), siteName: siteName))
    }

    @Sendable func register(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        try await passkeys.register(
            try fields.passkeyAnswer(), name: try fields.string("name") ?? "", at: try party(request, context),
            as: try context.requirePrincipal())
        return try goOn(to: pages.links.settings(.security, done: "passkey"))
    }

    @Sendable func rename(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        try await passkeys.rename(
            try context.id(of: "passkey"), to: try fields.requiredString("name"), as: try context.requirePrincipal())
        return pages.go(to: pages.links.settings(.security, done: "saved"))
    }

    @Sendable func remove(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await passkeys.remove(try context.id(of: "passkey"), as: try context.requirePrincipal())
        return pages.go(to: pages.links.settings(.security, done: "removed"))
    }

    @Sendable func signInOptions(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        let step = try fields.string("step")
        let asked = try await passkeys.beginSignIn(step: step)
        return try JSONBody.response(
            PasskeyRequestOptions(asked, at: try party(request, context), requiresVerification: step == nil))
    }

    @Sendable func signIn(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await RequestFields(of: request, context)
        let outcome: SignIns.Outcome
        do {
            outcome = try await passkeys.signIn(
                try fields.passkeyAnswer(), step: try fields.string("step"), at: try party(request, context),
                device: Device(browser: request, context, cookies))
        } catch ChatError.unauthenticated {
            throw ChatError.invalid("passkey", "is not known here")
        }
        switch outcome {
        case .entered(let signedIn):
            var response = try goOn(to: pages.links.returning(to: try fields.string("return_to")))
            cookies.enter(signedIn, on: &response, isSecure: context.client.isSecure)
            return response
        case .needsSecondFactor, .needsPassword:
            throw ChatError.conflict("sign in with the password, to choose a new one")
        }
    }

    @Sendable func confirmationOptions(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        let asked = try await passkeys.beginConfirmation(as: try context.requirePrincipal())
        return try JSONBody.response(
            PasskeyRequestOptions(asked, at: try party(request, context), requiresVerification: true))
    }

    @Sendable func confirm(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        try await passkeys.confirm(
            try fields.passkeyAnswer(), at: try party(request, context), as: try context.requirePrincipal())
        return try goOn(to: pages.links.returning(to: try fields.string("return_to")))
    }

    private struct Next: Encodable {
        let success = true
        let location: String
    }

    private func goOn(to location: String) throws -> Response { try JSONBody.response(Next(location: location)) }

    /// The page that asks is one of ours, and its domain is whom passkeys are for.
    private func party(_ request: Request, _ context: AppContext) throws -> RelyingParty {
        guard let origin = request.headers[.origin],
            origins.isOwn(origin: origin, host: request.head.publicAuthority, isSecure: context.client.isSecure),
            let host = URLComponents(string: origin)?.host
        else { throw ChatError.forbidden("passkeys work on HomeChat's own page only") }
        return RelyingParty(id: host, origins: [origin])
    }
}

extension RequestFields {
    fileprivate func passkeyAnswer() throws -> PasskeyAnswer {
        func bytes(_ field: String, isRequired: Bool = false) throws -> [UInt8] {
            guard let text = try string(field) else {
                if isRequired { throw ChatError.missing(field) }
                return []
            }
            guard text.utf8.count <= PasskeyAnswer.maximumBytes, let bytes = Base64URL.decode(text) else {
                throw ChatError.invalid(field, "must be base64url")
            }
            return bytes
        }
        return PasskeyAnswer(
            credentialID: try bytes("credential_id", isRequired: true),
            clientData: try bytes("client_data", isRequired: true), attestationObject: try bytes("attestation_object"),
            authenticatorData: try bytes("authenticator_data"), signature: try bytes("signature"))
    }
}
