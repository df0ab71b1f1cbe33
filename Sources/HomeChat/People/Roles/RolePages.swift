import Hummingbird

/// What somebody is in the household, on a page of its own for admins.
struct RolePages: Sendable {
    let pages: Pages
    let roles: Roles

    private struct Form: PageContent {
        static let template = "admin/role"
        let title: String
        let heading = "Administration"
        let tabUsers = true
        let userId: String
        let personName: String
        let isEnded: Bool
        let roles: [RoleRow]
        let listed: [Box]
        let people: [Box]
        let until: String
        var problem: String?
        var done: String?
    }

    private struct RoleRow: View {
        let word: String
        let roleName: String
        let meaning: String
        let isChecked: Bool
    }

    private struct Box: View {
        let value: String
        let heading: String
        let isChecked: Bool
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        try await form(request, context, done: try SettingsTab.notice(request))
    }

    /// A form sends `chosen`, with which no box ticked means nobody and nowhere; a script may leave things as they are.
    @Sendable func update(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id: User.ID = try context.id(of: "user")
        let fields = try await pages.fields(of: request, context)
        do {
            try await roles.set(try choice(fields), of: id, as: principal)
        } catch let error as ChatError {
            guard principal.isAdmin, let problem = error.formProblem, !request.wantsJSON else { throw error }
            let isRefused = if case .forbidden = error { true } else { false }
            return try await form(
                request, context, problem: problem, status: isRefused ? .forbidden : .unprocessableContent)
        }
        if request.wantsJSON { return try JSONBody.response(Done("saved")) }
        return pages.go(to: pages.links.admin(.users, done: "saved"))
    }

    private func choice(_ fields: RequestFields) throws -> RoleChoice {
        guard let role = User.Role(rawValue: try fields.requiredString("role")) else {
            throw ChatError.invalid("role", "must be admin, user, limited or guest")
        }
        guard role.isRestricted else { return try RoleChoice(role) }
        let isForm = try fields.boolean("chosen") ?? false
        let channels = try fields.strings("channels").map {
            guard let id = Channel.ID($0) else {
                throw ChatError.invalid("channels", "names a channel that is not here")
            }
            return ChannelChoice.id(id)
        }
        let people = try fields.strings("people")
        return try RoleChoice(
            role, channels: isForm || fields["channels"] != nil ? channels : nil,
            people: isForm || fields["people"] != nil ? people : nil,
            visit: role == .guest ? try visit(fields) : nil)
    }

    /// To the end of a day, UTC.
    private func visit(_ fields: RequestFields) throws -> Duration? {
        guard let day = try fields.string("until"), !day.isEmpty else { return nil }
        guard day.utf8.count == 10, let end = Timestamp(iso8601: day + "T23:59:59Z") else {
            throw ChatError.invalid("until", "must be a day like 2027-01-31")
        }
        return .milliseconds(end.milliseconds - pages.now().milliseconds)
    }

    private func form(
        _ request: Request, _ context: AppContext, problem: String? = nil, done: String? = nil,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        try principal.requireAdmin()
        let user = try await pages.users.find(try context.id(of: "user"), as: principal)
        let choices = try await roles.choices(for: user.id, as: principal)
        let (joined, chosen) = (Set(choices.channels.map(\.id)), Set(choices.people.map(\.id)))
        let channels = try await pages.channels.all(as: principal).filter { $0.archivedAt == nil }
        let people = try await pages.users.all(as: principal).filter { $0.id != user.id }
        let content = Form(
            title: "Role of \(user.displayName)", userId: user.id.description, personName: user.displayName,
            isEnded: user.isOver(at: pages.now()),
            roles: User.Role.allCases.map {
                RoleRow(word: $0.rawValue, roleName: $0.shownName, meaning: $0.meaning, isChecked: $0 == user.role)
            },
            listed: channels.map {
                Box(value: $0.id.description, heading: "#" + $0.name, isChecked: joined.contains($0.id))
            },
            people: people.map {
                Box(value: $0.username, heading: $0.displayName, isChecked: chosen.contains($0.id))
            },
            until: String((user.accessUntil ?? pages.now() + .days(7)).iso8601.prefix(10)), problem: problem, done: done
        )
        return try await pages.show(content, request, context, status: status)
    }
}

extension User.Role {
    var shownName: String {
        switch self {
        case .admin: "Admin"
        case .user: "Member"
        case .limited: "Limited"
        case .guest: "Guest"
        }
    }

    var meaning: String {
        switch self {
        case .admin: "Manages people, channels and settings."
        case .user: "Takes part everywhere that is open."
        case .limited: "For children: only the channels and people chosen below, and no links to elsewhere."
        case .guest: "In one or two channels, until the day chosen below."
        }
    }
}
