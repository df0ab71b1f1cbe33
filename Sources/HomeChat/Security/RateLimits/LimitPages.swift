import Hummingbird

/// How often people may do things, for an admin to see and to change.
struct LimitPages: Sendable {
    let pages: Pages
    let rules: RateRules

    private struct Limits: PageContent {
        static let template = "admin/limits"
        let title = "Limits"
        let heading = "Administration"
        let tabLimits = true
        let rules: [RuleRow]
        var problem: String?
        var done: String?
    }

    private struct RuleRow: View {
        let scope: String
        let meaning: String
        let limit: String
        let period: String
        let safelist: String
        let allowsSafelist: Bool
        /// What the configuration says, where an admin chose something else.
        let configured: String?

        init(_ line: RateRules.Line, _ wish: RateRules.Wish?) {
            scope = line.scope.rawValue
            meaning = line.scope.meaning
            allowsSafelist = line.scope.allowsSafelist
            let current = RateRules.Wish(line.scope, line.rule)
            (limit, period, safelist) = ((wish ?? current).limit, (wish ?? current).period, (wish ?? current).safelist)
            let original = RateRules.Wish(line.scope, line.configured)
            configured = line.rule == line.configured ? nil : "\(original.limit) in \(original.period)"
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context, [:]) { $0.done = try SettingsTab.notice(request) }
    }

    @Sendable func change(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let wishes = try Self.wishes(fields)
        do {
            try await rules.change(wishes, as: try context.requirePrincipal())
        } catch let error as ChatError {
            guard let problem = error.formProblem, context.principal?.isAdmin == true else { throw error }
            let sent = Dictionary(uniqueKeysWithValues: wishes.map { ($0.scope, $0) })
            return try await show(request, context, sent, status: .unprocessableContent) { $0.problem = problem }
        }
        return pages.go(to: pages.links.admin(.limits, done: "saved"))
    }

    /// Only of the scopes that the form names.
    private static func wishes(_ fields: RequestFields) throws -> [RateRules.Wish] {
        try RateScope.allCases.compactMap { scope in
            guard let sent = try fields.object(scope.rawValue) else { return nil }
            return RateRules.Wish(
                scope: scope, limit: try sent.requiredString("limit"), period: try sent.requiredString("period"),
                safelist: try sent.string("safelist") ?? "")
        }
    }

    private func show(
        _ request: Request, _ context: AppContext, _ wishes: [RateScope: RateRules.Wish],
        status: HTTPResponse.Status = .ok, _ change: (inout Limits) throws -> Void
    ) async throws -> Response {
        let lines = try await rules.all(as: try context.requirePrincipal())
        var content = Limits(rules: lines.map { RuleRow($0, wishes[$0.scope]) })
        try change(&content)
        return try await pages.show(content, request, context, status: status)
    }
}

extension RateRules.Wish {
    /// A rule as a form shows it.
    init(_ scope: RateScope, _ rule: RateRule) {
        self.init(
            scope: scope, limit: SettingsKind.rateLimit.describe(rule.limit) ?? "",
            period: SettingsKind.period.describe(rule.period) ?? "",
            safelist: SettingsKind.list(.networkValue).describe(rule.safelist) ?? "")
    }
}
