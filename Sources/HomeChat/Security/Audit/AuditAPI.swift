import Hummingbird

/// `/api/v1/audit`: for an admin's token with the scope `admin`. Nothing here changes or removes an entry.
struct AuditAPI: Sendable {
    let trail: AuditTrail

    private struct List: Encodable {
        let entries: [AuditLine]
        let hasMore: Bool
        /// What to send as `before` for the page that comes next.
        let nextBefore: Int64?

        enum CodingKeys: String, CodingKey {
            case entries
            case hasMore = "has_more"
            case nextBefore = "next_before"
        }
    }

    private struct Counts: Encodable {
        let by: String
        let counts: [AuditCountLine]
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.requireAdmin()
        let fields = try RequestFields(queryOf: request)
        let page = try await trail.page(
            try trail.filter(try AuditFilter.Words(request, fields)), before: try fields.id("before"),
            limit: try fields.number("limit", in: 1...AuditTrail.maximumPage) ?? 100, as: principal)
        return try Self.answer(
            List(
                entries: page.entries.map(AuditLine.init), hasMore: page.hasMore,
                nextBefore: page.hasMore ? page.entries.last?.id.value : nil))
    }

    @Sendable func count(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.requireAdmin()
        let fields = try RequestFields(queryOf: request)
        let grouping = try AuditGrouping(field: try fields.string("by"))
        let counts = try await trail.count(
            try trail.filter(try AuditFilter.Words(request, fields)), by: grouping,
            limit: try fields.number("limit", in: 1...AuditTrail.maximumGroups) ?? 100, as: principal)
        return try Self.answer(Counts(by: grouping.rawValue, counts: counts.map(AuditCountLine.init)))
    }

    /// Nothing in it moves a terminal that prints it, whoever wrote the rows.
    private static func answer(_ value: some Encodable) throws -> Response {
        let text = String(decoding: try JSONBody.data(value), as: UTF8.self).printable()
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    @Sendable func verify(_ request: Request, _ context: AppContext) async throws -> Response {
        try JSONBody.response(
            AuditVerificationLine(try await trail.verify(as: try context.requirePrincipal())))
    }

    @Sendable func export(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.requireAdmin()
        let fields = try await RequestFields(of: request, context)
        return try await trail.download(fields, try AuditFilter.Words(fields), as: principal)
    }
}

extension AuditFilter.Words {
    /// From a query, where `action` may stand several times.
    init(_ request: Request, _ fields: RequestFields) throws {
        try self.init(fields)
        let several = request.uri.queryParameters.getAll("action").map { String($0) }
        if several.count > 1 { actions = several }
    }

    init(_ fields: RequestFields) throws {
        self.init()
        actions = try fields.strings("action")
        actor = try fields.string("actor")
        user = try fields.string("user", "user_id")
        ip = try fields.string("ip", "ip_address")
        since = try fields.string("since")
        until = try fields.string("until")
        target = try fields.string("target")
        requestID = try fields.string("request_id")
    }
}

extension AuditGrouping {
    init(field: String?) throws {
        guard let field else { throw ChatError.missing("by") }
        guard let grouping = AuditGrouping(rawValue: field) else {
            throw ChatError.invalid("by", "must be one of action, actor, ip, user, token")
        }
        self = grouping
    }
}

extension AuditTrail {
    /// The answer that a browser or a script keeps as a file.
    func download(_ fields: RequestFields, _ words: AuditFilter.Words, as principal: Principal) async throws -> Response
    {
        guard let format = AuditExport.Format(rawValue: try fields.string("format") ?? "") else {
            throw ChatError.invalid("format", "must be csv or jsonl")
        }
        let export = try await export(try filter(words), as: format, by: principal)
        let name = "homechat-audit-\(now().iso8601.prefix(10)).\(format.rawValue)"
        let body = ResponseBody { writer in
            try await export.write { try await writer.write(ByteBuffer(string: $0)) }
            try await writer.finish(nil)
        }
        return .attachment(name, type: format.mediaType, body)
    }
}
