import Hummingbird

/// Where requests seem to come from, and which networks are shut out.
struct NetworkPages: Sendable {
    let pages: Pages
    let bans: Bans
    let watch: ProxyWatch
    let settings: Settings
    let listeners: Listeners

    /// What an upload may weigh at most, and so what a proxy has to let through.
    static let measuredBytes = 10 << 20

    private struct Content: PageContent {
        static let template = "admin/network"
        let title = "Network"
        let heading = "Administration"
        let tabNetwork = true
        let truth: TruthView
        let certificate: CertificateView?
        let serverTime: Int64
        let measuredBytes = NetworkPages.measuredBytes
        let warning: String?
        let snippets: [ProxySnippet]
        let bans: [BanRow]
        let hasBans: Bool
        var network = ""
        var reason = ""
        var problem: String?
        var done: String?
    }

    private struct BanRow: View {
        let banId: String
        let network: String
        let reason: String
        let bannedBy: String
        let since: String
        let sinceText: String
        let until: String?
        let untilText: String

        init(_ ban: Ban, _ time: LocalTime) {
            banId = ban.id.description
            network = ban.network
            reason = ban.reason
            bannedBy = ban.bannedBy
            since = ban.createdAt.iso8601
            sinceText = time.exact(ban.createdAt)
            until = ban.expiresAt?.iso8601
            untilText = ban.expiresAt.map { time.exact($0) } ?? ""
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context) { $0.done = try SettingsTab.notice(request) }
    }

    /// Reads what comes and throws it away: whether it gets through is all that the page wants to know.
    @Sendable func measureBody(_ request: Request, _ context: AppContext) async throws -> Response {
        try context.requirePrincipal().requireAdmin()
        guard let secret = context.sessionSecret, CSRFToken(of: secret).matches(request.headers[.xCSRFToken]) else {
            throw ChatError.forbidden("this form is too old, load the page again")
        }
        var count = 0
        for try await part in request.body {
            count += part.readableBytes
            guard count <= Self.measuredBytes else { throw ChatError.tooLarge(limit: Self.measuredBytes) }
        }
        return try JSONBody.response(["bytes": count])
    }

    @Sendable func ban(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let (network, reason) = (try fields.string("network") ?? "", try fields.string("reason") ?? "")
        do {
            let hours = try fields.string("hours") ?? ""
            let end = try hours.isEmpty ? nil : Self.end(hours, pages.now())
            try await bans.add(network: network, reason: reason, until: end, as: try context.requirePrincipal())
        } catch let error as ChatError {
            guard let problem = error.formProblem, context.principal?.isAdmin == true else { throw error }
            return try await show(request, context, status: .unprocessableContent) {
                ($0.problem, $0.network, $0.reason) = (problem, network, reason)
            }
        }
        return pages.go(to: pages.links.admin(.network, done: "saved"))
    }

    @Sendable func lift(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await bans.remove(try context.id(of: "ban"), as: try context.requirePrincipal())
        return pages.go(to: pages.links.admin(.network, done: "deleted"))
    }

    private static func end(_ hours: String, _ now: Timestamp) throws -> Timestamp {
        guard let count = Int64(hours), (1...24 * 366).contains(count) else {
            throw ChatError.invalid("hours", "must be a whole number from 1 to 8784")
        }
        return now + .hours(count)
    }

    private func show(
        _ request: Request, _ context: AppContext, status: HTTPResponse.Status = .ok,
        _ change: (inout Content) throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let rows = try await bans.all(as: principal).map { BanRow($0, time) }
        let truth = TruthView(request, context, trusted: settings.trustedProxies)
        var content = Content(
            truth: truth, certificate: CertificateView(settings, listeners, at: pages.now(), time),
            serverTime: pages.now().milliseconds, warning: watch.finding?.advice,
            snippets: ProxySnippet.all(
                proxy: truth.untrustedProxy, port: listeners.address(of: .main)?.port ?? settings.port), bans: rows,
            hasBans: !rows.isEmpty)
        try change(&content)
        return try await pages.show(content, request, context, status: status)
    }
}

/// What the server believes about one request, and why.
struct TruthView: View {
    let address: String
    let scheme: String
    let host: String
    let peer: String
    let hops: [Hop]
    let hasHops: Bool
    let isIgnored: Bool
    let trustedText: String
    /// Who sent forwarding headers that did not count.
    let untrustedProxy: String?

    struct Hop: View {
        let hopAddress: String
        let isTrusted: Bool
        let isClient: Bool
    }

    init(_ request: Request, _ context: AppContext, trusted: [String]) {
        let networks = try? TrustedProxies(trusted)
        let forwarding = context.forwarding
        address = context.client.ip
        scheme = context.client.isSecure ? "https" : "http"
        host = request.head.publicAuthority ?? "unknown"
        peer = forwarding?.peer ?? "unknown"
        isIgnored = forwarding?.isIgnored ?? false
        trustedText = trusted.joined(separator: ", ")
        untrustedProxy = isIgnored ? peer : nil
        let chain = (forwarding?.hops ?? []) + [peer]
        let believed = context.client.ip
        let client = isIgnored ? chain.count - 1 : chain.lastIndex(of: believed)
        hops = chain.enumerated().map { index, hop in
            Hop(hopAddress: hop, isTrusted: networks?.isTrusted(hop) ?? false, isClient: index == client)
        }
        hasHops = chain.count > 1
    }
}
