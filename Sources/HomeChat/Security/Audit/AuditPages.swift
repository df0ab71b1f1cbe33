import Hummingbird

/// The audit log as a page: filter, count, verify, take a copy. It works without scripts.
struct AuditPages: Sendable {
    let pages: Pages
    let trail: AuditTrail

    private static let pageLength = 50

    private struct Log: PageContent {
        static let template = "admin/audit"
        let title = "Audit log"
        let heading = "Administration"
        let tabAudit = true
        var filter: AuditFilterView
        var entries: [AuditRow] = []
        var hasEntries = false
        var older: String?
        var counts: [CountRow] = []
        var hasCounts = false
        var verification: VerificationView?
        var problem: String?
        var done: String?
    }

    private struct CountRow: View {
        let countAddress: String
        let countHref: String?
        let count: String
        let lastText: String
        let lastAt: String
    }

    private struct VerificationView: View {
        let isIntact: Bool
        let text: String
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context) { $0.done = try SettingsTab.notice(request) }
    }

    @Sendable func verify(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        let found = try await trail.verify(as: try context.requirePrincipal())
        let text =
            found.problem.map { $0.text.sentence + " Everything before it is as it was written." }
            ?? "All \(found.entries) entries are as they were written, and none is missing."
        return try await show(request, context) {
            $0.verification = VerificationView(isIntact: found.isIntact, text: text)
        }
    }

    @Sendable func export(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        return try await trail.download(fields, try AuditFilter.Words(fields), as: try context.requirePrincipal())
    }

    private func show(
        _ request: Request, _ context: AppContext, _ change: (inout Log) throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.requireAdmin()
        let fields = try RequestFields(queryOf: request)
        let words = try AuditFilter.Words(request, fields)
        var content = Log(filter: AuditFilterView(words, base: pages.links.to("/admin/audit")))
        var status = HTTPResponse.Status.ok
        do {
            try await fill(&content, words, before: try fields.id("before"), principal)
        } catch let error as ChatError {
            guard let problem = error.formProblem else { throw error }
            (content.problem, status) = (problem, .unprocessableContent)
        }
        try change(&content)
        return try await pages.show(content, request, context, status: status)
    }

    private func fill(
        _ content: inout Log, _ words: AuditFilter.Words, before: AuditEntry.ID?, _ principal: Principal
    ) async throws {
        let filter = try trail.filter(words)
        let view = content.filter
        let page = try await trail.page(filter, before: before, limit: Self.pageLength, as: principal)
        content.entries = page.entries.map { AuditRow(AuditLine($0), view) }
        content.hasEntries = !page.entries.isEmpty
        if page.hasMore, let last = page.entries.last { content.older = view.href(adding: "before", "\(last.id)") }
        guard before == nil else { return }
        content.counts = try await trail.count(filter, by: .ip, limit: 10, as: principal).map {
            CountRow(
                countAddress: $0.value.isEmpty ? "the server itself" : $0.value.printable(),
                countHref: $0.value.isEmpty ? nil : view.href(adding: "ip", $0.value), count: String($0.times),
                lastText: $0.lastAt.readable, lastAt: $0.lastAt.exactISO8601)
        }
        content.hasCounts = !content.counts.isEmpty
    }
}

/// One entry, with links to more of its kind.
private struct AuditRow: View {
    let at: String
    let atText: String
    let action: String
    let actor: String
    let actorHref: String
    let address: String?
    let addressHref: String?
    let userAgent: String?
    let target: String?
    let targetHref: String?
    let details: String?
    let request: String?
    let requestHref: String?
    let times: String?
    let isFailure: Bool

    init(_ line: AuditLine, _ filter: AuditFilterView) {
        func shown(_ text: String) -> String? { text.isEmpty ? nil : text.printable() }
        at = line.createdAt
        atText = line.createdAt.replacing("T", with: " ").replacing("Z", with: "")
        action = line.action.printable()
        actor = shown(line.actor) ?? "nobody"
        actorHref = filter.href(only: "actor", line.actor)
        address = shown(line.ipAddress)
        addressHref = address.map { _ in filter.href(only: "ip", line.ipAddress) }
        userAgent = line.ipAddress.isEmpty ? nil : shown(line.userAgent)
        target = shown(line.target)
        targetHref = target.map { _ in filter.href(only: "target", line.target) }
        details = shown(line.detailText)
        request = shown(line.requestID)
        requestHref = request.map { _ in filter.href(only: "request_id", line.requestID) }
        times = line.times == 1 ? nil : String(line.times)
        isFailure = AuditAction(rawValue: line.action)?.isAlarming ?? true
    }
}

/// What the filter's fields hold, and addresses of the page with other ones.
private struct AuditFilterView: View {
    let actionChoices: [ActionChoice]
    /// nil: all of them.
    let actionText: String?
    let actor: String
    let ip: String
    let since: String
    let until: String
    let target: String
    let requestId: String
    let user: String?
    let isEmpty: Bool
    let base: String
    private let query: [Parameter]

    struct ActionChoice: View {
        let actionName: String
        let isChosen: Bool
    }

    private struct Parameter: Sendable {
        let name: String
        let value: String
    }

    init(_ words: AuditFilter.Words, base: String) {
        actionChoices = AuditAction.allCases.map {
            ActionChoice(actionName: $0.rawValue, isChosen: words.actions.contains($0.rawValue))
        }
        let actions = words.actions.joined(separator: ",")
        actionText = actions.isEmpty ? nil : actions
        actor = words.actor ?? ""
        ip = words.ip ?? ""
        since = words.since ?? ""
        until = words.until ?? ""
        target = words.target ?? ""
        requestId = words.requestID ?? ""
        let person = words.user ?? ""
        user = person.isEmpty ? nil : person
        self.base = base
        query = [
            Parameter(name: "action", value: actions), Parameter(name: "actor", value: actor),
            Parameter(name: "ip", value: ip), Parameter(name: "since", value: since),
            Parameter(name: "until", value: until), Parameter(name: "target", value: target),
            Parameter(name: "request_id", value: requestId), Parameter(name: "user", value: person),
        ].filter { !$0.value.isEmpty }
        isEmpty = query.isEmpty
    }

    func href(adding name: String, _ value: String) -> String {
        href(query.filter { $0.name != name } + [Parameter(name: name, value: value)])
    }

    func href(only name: String, _ value: String) -> String { href([Parameter(name: name, value: value)]) }

    private func href(_ parameters: [Parameter]) -> String {
        base + "?" + parameters.map { "\($0.name)=\($0.value.queryEscaped)" }.joined(separator: "&")
    }
}

extension AuditAction {
    /// Where whoever looks through the log should stop.
    fileprivate var isAlarming: Bool {
        switch self {
        case .loginFailed, .loginThrottled, .secondFactorFailed, .accountLocked, .accessDenied, .tokenNewNetwork,
            .emergencyAction, .webhookRejected:
            true
        default: false
        }
    }
}

extension Timestamp {
    /// `2026-11-25 22:54:43`, UTC.
    fileprivate var readable: String { iso8601.replacing("T", with: " ").replacing("Z", with: "") }
}
