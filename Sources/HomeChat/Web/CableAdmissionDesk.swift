import Cable
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Who may open a cable: by token in a header or the query, or by the session's cookie from a page of ours.
struct CableAdmissionDesk: Sendable {
    let credentials: Credentials
    let cookies: SessionCookies
    let origins: Origins
    let proxies: TrustedProxies
    let rules: CableRules
    let tally: RequestTally

    @Sendable func admit(_ head: HTTPRequest, _ peer: SocketAddress?) async -> CableAdmission<Principal> {
        let ingress = Ingress(head.headerFields, isTrusted: peer?.ipAddress.map(proxies.isTrusted) ?? false)
        return await Ingress.passing(ingress) { await judge(head, peer) }
    }

    private func judge(_ head: HTTPRequest, _ peer: SocketAddress?) async -> CableAdmission<Principal> {
        let request = Request(head: head, body: .init(buffer: ByteBuffer()))
        let client = proxies.client(
            peer: peer?.ipAddress, isSecure: head.scheme == "https", headers: head.headerFields)
        if let status = rules.refusal(of: request, from: client) { return .refused(status) }
        do {
            return rules.capped(try await admission(request, client), from: client)
        } catch is RateRefusal {
            return .refused(.tooManyRequests)
        } catch {
            return .refused(.serviceUnavailable)
        }
    }

    private func admission(_ request: Request, _ client: ClientAddress) async throws -> CableAdmission<Principal> {
        switch Self.bearer(request) {
        case .one(let secret):
            let principal = try await rules.limits.guardingGuesses(secret, from: client) {
                try await credentials.principal(bearer: secret, from: Self.caller(request, client))
            }
            if let principal { tally.asked(principal, for: "GET /cable") }
            return Self.admitted(principal, client)
        case .contradictory:
            return .unauthorized
        case .none:
            // A page of somebody else's must not listen with the person's cookie, nor learn whether there is one.
            if origins.isForeign(request, isSecure: client.isSecure) { return .refused(.forbidden) }
            guard request.headers[.origin] != nil, let secret = cookies.secret(in: request, isSecure: client.isSecure)
            else {
                return .unauthorized
            }
            return Self.admitted(
                try await credentials.principal(cookie: secret, from: Self.caller(request, client)), client)
        }
    }

    private static func caller(_ request: Request, _ client: ClientAddress) -> Caller {
        Caller(ipAddress: client.ip, userAgent: request.headers[.userAgent] ?? "")
    }

    private static func admitted(_ principal: Principal?, _ client: ClientAddress) -> CableAdmission<Principal> {
        guard let principal else { return .unauthorized }
        return .admitted(CableIdentity(principal: principal, tags: principal.tags + [CableTag.of(address: client.ip)]))
    }

    /// `?token=` is what existing clients send; it is taken here only, and never logged.
    private static func bearer(_ request: Request) -> BearerSecret {
        let header = BearerSecret(request.headers)
        guard case .none = header, let token = request.uri.queryParameters["token"] else { return header }
        return .one(String(token))
    }
}
