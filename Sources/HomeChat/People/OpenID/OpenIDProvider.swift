import Foundation
import WebAuthn

/// The provider as the server talks to it: what it says of itself, its keys, and codes turned into people.
actor OpenIDProvider {
    /// What it says of itself and its keys may have changed after this long.
    static let lifetime = Duration.hours(1)
    /// After a failure nobody asks again for so long, however many come to sign in.
    static let pause = Duration.seconds(5)
    /// A token with an unknown key makes the server look for new keys this often at most.
    static let keyPause = Duration.seconds(30)
    static let maximumRequests = 16

    let settings: Settings.OpenID
    let redirectURI: String
    private let outbound: Outbound
    private let now: @Sendable () -> Timestamp

    private var metadata: (value: ProviderMetadata, at: Timestamp)?
    private var keys: (value: ProviderKeys, at: Timestamp)?
    private var keysSoughtAt: Timestamp?
    private var failure: (problem: OpenIDProblem, at: Timestamp)?
    private var requests = 0

    init(
        _ settings: Settings.OpenID, redirectURI: String, outbound: Outbound, now: @escaping @Sendable () -> Timestamp
    ) {
        self.settings = settings
        self.redirectURI = redirectURI
        self.outbound = outbound
        self.now = now
    }

    /// Where the browser goes.
    func address(for attempt: OpenIDAttempt) async throws(OpenIDProblem) -> String {
        let endpoint = try await currentMetadata().authorization.text
        var fields = [
            ("response_type", "code"), ("client_id", settings.clientID ?? ""), ("redirect_uri", redirectURI),
            ("scope", settings.scopes.joined(separator: " ")), ("state", attempt.state), ("nonce", attempt.nonce),
            ("code_challenge", attempt.challenge), ("code_challenge_method", "S256"),
        ]
        if attempt.purpose == .confirm { fields += [("prompt", "login"), ("max_age", "0")] }
        return endpoint + (endpoint.contains("?") ? "&" : "?") + Self.form(fields)
    }

    struct Person: Sendable {
        let subject: String
        let claims: OpenIDClaims
        fileprivate let accessToken: String?
    }

    /// - Parameter issuer: as the answer names it (RFC 9207).
    func redeem(
        code: String, issuer: String?, for attempt: OpenIDAttempt
    ) async throws(OpenIDProblem) -> Person {
        let metadata = try await currentMetadata()
        guard issuer == nil && !metadata.namesItself || issuer == metadata.issuer else {
            throw .token("the answer is of another issuer")
        }
        let answer = try await post(code, attempt, metadata)
        guard let fields = OpenIDClaims(json: answer.body) else { throw .provider("its token answer is no JSON") }
        guard answer.status == 200 else {
            // The code is a guess, was used already or belongs to another sign-in; everything else is our settings.
            guard fields.text("error") == "invalid_grant" else {
                throw .provider("it refuses this server as its client")
            }
            throw .token("it does not know the code")
        }
        guard let text = fields.text("id_token") else { throw .provider("its token answer has no ID token") }
        let token = try await verified(text, metadata)
        let subject = try token.check(
            IDToken.Expected(
                issuer: metadata.issuer, clientID: settings.clientID ?? "", nonce: attempt.nonce, now: now(),
                authenticatedSince: attempt.purpose == .confirm ? attempt.startedAt : nil))
        return Person(subject: subject, claims: token.claims, accessToken: fields.text("access_token"))
    }

    /// More of somebody, where the token says too little and the provider has more to say.
    func completed(_ person: Person) async throws(OpenIDProblem) -> OpenIDClaims {
        let needed = [settings.usernameClaim] + (settings.allowedDomains.isEmpty ? [] : ["email", "email_verified"])
        guard needed.contains(where: { person.claims[$0] == nil }), let accessToken = person.accessToken,
            accessToken.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let address = try await currentMetadata().userInfo
        else { return person.claims }
        let answer = try await send(
            .init(url: address, headers: [(name: "Authorization", value: "Bearer \(accessToken)")]))
        guard answer.status == 200, let more = OpenIDClaims(json: answer.body) else {
            throw .provider("its userinfo answer is no JSON")
        }
        // OpenID Connect Core 1.0, 5.3.2: a token could be another person's.
        guard more.text("sub") == person.subject else { throw .token("its userinfo is of somebody else") }
        return person.claims.adding(more)
    }
}

extension OpenIDProvider {
    private func currentMetadata() async throws(OpenIDProblem) -> ProviderMetadata {
        if let metadata, metadata.at + Self.lifetime > now() { return metadata.value }
        if let failure, failure.at + Self.pause > now() { throw failure.problem }
        do throws(OpenIDProblem) {
            let value = try await discovered()
            metadata = (value, now())
            failure = nil
            return value
        } catch {
            failure = (error, now())
            throw error
        }
    }

    private func discovered() async throws(OpenIDProblem) -> ProviderMetadata {
        guard let issuer = settings.issuer, let address = ProviderMetadata.address(of: issuer) else {
            throw .provider("its address cannot be used")
        }
        let answer = try await send(.init(url: address))
        guard answer.status == 200 else { throw .provider("it has no configuration document") }
        return try ProviderMetadata(answer.body, issuer: issuer, hasSecret: settings.clientSecret != nil)
    }

    private func verified(_ token: String, _ metadata: ProviderMetadata) async throws(OpenIDProblem) -> IDToken {
        _ = try TokenHeader(of: token)
        let known = try await currentKeys(metadata)
        var verdict = try await known.verify(token)
        if keysSoughtAt.map({ $0 + Self.keyPause <= now() }) ?? true, !verdict.isGood {
            keysSoughtAt = now()
            keys = nil
            verdict = try await currentKeys(metadata).verify(token)
        }
        switch verdict {
        case .verified(let token): return token
        case .unknownKey: throw .token("it is signed with an unknown key")
        case .wrongSignature: throw .token("its signature is wrong")
        }
    }

    private func currentKeys(_ metadata: ProviderMetadata) async throws(OpenIDProblem) -> ProviderKeys {
        if let keys, keys.at + Self.lifetime > now() { return keys.value }
        let answer = try await send(.init(url: metadata.keys))
        guard answer.status == 200 else { throw .provider("it does not give its keys") }
        let value = try ProviderKeys(answer.body)
        keys = (value, now())
        return value
    }

    private func post(
        _ code: String, _ attempt: OpenIDAttempt, _ metadata: ProviderMetadata
    ) async throws(OpenIDProblem) -> Outbound.Answer {
        var request = Outbound.Request(url: metadata.token)
        let (id, secret) = (settings.clientID ?? "", settings.clientSecret ?? "")
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
            ("code_verifier", attempt.verifier),
        ]
        switch metadata.clientProof {
        case .basic:
            // RFC 6749, 2.3.1: both are encoded as in a form first.
            let pair = id.pathEscaped + ":" + secret.pathEscaped
            request.headers = [(name: "Authorization", value: "Basic " + Data(pair.utf8).base64EncodedString())]
        case .post: fields += [("client_id", id), ("client_secret", secret)]
        case .none: fields += [("client_id", id)]
        }
        request.form = Self.form(fields)
        return try await send(request)
    }

    private func send(_ request: Outbound.Request) async throws(OpenIDProblem) -> Outbound.Answer {
        guard requests < Self.maximumRequests else { throw .provider("too many are asking it at once") }
        requests += 1
        defer { requests -= 1 }
        do {
            return try await outbound.send(request)
        } catch {
            throw .provider("\(error)")
        }
    }

    private static func form(_ fields: [(String, String)]) -> String {
        fields.map { "\($0.pathEscaped)=\($1.pathEscaped)" }.joined(separator: "&")
    }
}
