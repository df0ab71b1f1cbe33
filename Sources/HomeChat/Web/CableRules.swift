import Cable
import HTTPTypes
import Hummingbird

/// What keeps a socket out, whoever opens it: bans, other names, no TLS where it is forced, and caps.
struct CableRules: Sendable {
    let bans: BanList
    let hosts: HostRules
    let forcesTLS: Bool
    let limits: RateLimits
    let caps: Settings.Limits
    let registry: StreamRegistry
    let counters: Counters
    let now: @Sendable () -> Timestamp

    func refusal(of request: Request, from client: ClientAddress) -> HTTPResponse.Status? {
        let (reason, status): (String, HTTPResponse.Status) =
            if bans.contains(client.ip, at: now()) {
                ("ban", .forbidden)
            } else if !hosts.accepts(request.head.publicAuthority, from: client) {
                ("host", .misdirectedRequest)
            } else if forcesTLS, !client.isSecure {
                ("tls", .forbidden)
            } else if registry.connectionCount >= caps.cables {
                ("cables", .serviceUnavailable)
            } else if registry.connectionCount(tag: CableTag.of(address: client.ip)) >= caps.cablesPerAddress {
                ("cables_per_address", .tooManyRequests)
            } else {
                ("", .ok)
            }
        guard status != .ok else { return nil }
        counters.count(.refused, reason)
        return status
    }

    /// One person's sockets are counted only once it is known who it is.
    func capped(_ admission: CableAdmission<Principal>, from client: ClientAddress) -> CableAdmission<Principal> {
        guard case .admitted(let identity) = admission, let tag = identity.tags.first,
            registry.connectionCount(tag: tag) >= caps.cablesPerUser
        else { return admission }
        counters.count(.refused, "cables_per_user")
        return .refused(.tooManyRequests)
    }
}
