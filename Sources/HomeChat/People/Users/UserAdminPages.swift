import Hummingbird

/// What an admin does with accounts.
struct UserAdminPages: Sendable {
    let pages: Pages
    let accounts: Accounts
    let secondFactors: SecondFactors
    let resets: PasswordResets
    let invitations: Invitations

    private struct People: PageContent {
        static let template = "admin/users"
        let title = "People"
        let heading = "Administration"
        let tabUsers = true
        let people: [PersonRow]
        let waiting: [PersonRow]
        let hasWaiting: Bool
        let invitations: [InvitationRow]
        let hasInvitations: Bool
        var username = ""
        var displayName = ""
        var newSecret: String?
        var newSecretLead = ""
        var problem: String?
        var done: String?
    }

    private struct InvitationRow: View {
        let invitationId: String
        let note: String
        let createdBy: String
        let expiresAt: String
        let expiresText: String

        init(_ invitation: Invitation, _ time: LocalTime) {
            invitationId = invitation.id.description
            note = invitation.note.isEmpty ? "For anybody" : invitation.note
            createdBy = invitation.createdBy
            expiresAt = invitation.expiresAt.iso8601
            expiresText = time.exact(invitation.expiresAt)
        }
    }

    private struct PersonRow: View {
        let userId: String
        let username: String
        let displayName: String
        let initials: String
        let color: Int
        let presence: String
        let isAdministrator: Bool
        let isLocked: Bool
        /// By too many wrong passwords, somewhere.
        let isHeldUp: Bool
        let hasSecondFactor: Bool
        /// There is more than the password to take away.
        let isResettable: Bool
        let hasWeakPassword: Bool
        let isSelf: Bool
        let roleTag: String?
        let seenAt: String?
        let seenText: String

        init(
            _ user: User, reader: User.ID, _ protection: Users.Protection, _ time: LocalTime, at now: Timestamp
        ) {
            userId = user.id.description
            username = user.username
            displayName = user.displayName
            initials = user.initials
            color = user.colorIndex
            presence = user.presence(at: now).rawValue
            isAdministrator = user.role == .admin
            isLocked = user.isLocked(at: now)
            isHeldUp = protection.locked.contains(user.id)
            hasSecondFactor = protection.secondFactors.contains(user.id)
            isResettable = hasSecondFactor || protection.otherWays.contains(user.id)
            hasWeakPassword = user.passwordScore.map { $0 < PasswordStrength.strong } ?? false
            isSelf = user.id == reader
            roleTag = user.role.isRestricted ? user.role.rawValue + (user.isOver(at: now) ? ", ended" : "") : nil
            seenAt = user.lastSeenAt?.iso8601
            seenText = user.lastSeenAt.map { time.exact($0) } ?? ""
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(request, context) { $0.done = try SettingsTab.notice(request) }
    }

    @Sendable func create(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let sent = try fields.object("user") ?? fields
        do {
            let role = try sent.string("role").flatMap(User.Role.init(rawValue:)) ?? .user
            let made = try await accounts.createUser(
                try NewAccount(fields), role: role, as: try context.requirePrincipal())
            // Nowhere yet: the next page asks where they may be.
            if role.isRestricted { return pages.go(to: pages.links.to("/admin/users/\(made.id)/role")) }
        } catch let error as ChatError {
            guard let problem = error.formProblem else { throw error }
            let (username, displayName) = (try sent.string("username") ?? "", try sent.string("display_name") ?? "")
            return try await show(request, context, status: .unprocessableContent) {
                ($0.problem, $0.username, $0.displayName) = (problem, username, displayName)
            }
        }
        return pages.go(to: pages.links.admin(.users, done: "saved"))
    }

    @Sendable func lock(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, _ in try await pages.users.lock(id, as: principal) }
    }

    @Sendable func unlock(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context, done: "unlocked") { id, principal, _ in
            try await pages.users.unlock(id, as: principal)
        }
    }

    @Sendable func resetSecondFactor(_ request: Request, _ context: AppContext) async throws -> Response {
        try await answer(request, context) { id, principal, _ in
            try await secondFactors.reset(of: id, as: principal) ? "reset" : "reset-no-password"
        }
    }

    @Sendable func approve(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context, done: "approved") { id, principal, _ in
            try await invitations.approve(id, as: principal)
        }
    }

    @Sendable func reject(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context, done: "deleted") { id, principal, _ in
            try await invitations.reject(id, as: principal)
        }
    }

    /// A link with which the person chooses a new password, to be handed over.
    @Sendable func resetLink(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        _ = try await pages.fields(of: request, context)
        let id: User.ID = try context.id(of: "user")
        let user = try await pages.users.find(id, as: principal)
        let secret = try await resets.link(for: id, as: principal)
        let address = resets.address(of: secret)
        return try await show(request, context) {
            $0.newSecret = address
            $0.newSecretLead = "A link for \(user.displayName) to choose a new password, within two hours."
        }
    }

    @Sendable func invite(_ request: Request, _ context: AppContext) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let made: (invitation: Invitation, secret: String)
        do {
            made = try await invitations.create(
                note: try fields.string("note") ?? "", as: try context.requirePrincipal())
        } catch let error as ChatError {
            guard let problem = error.formProblem else { throw error }
            return try await show(request, context, status: .unprocessableContent) { $0.problem = problem }
        }
        let address = invitations.address(of: made.secret)
        return try await show(request, context) {
            $0.newSecret = address
            $0.newSecretLead = "A link for one person to make an account, within seven days."
        }
    }

    @Sendable func revokeInvitation(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        try await invitations.revoke(try context.id(of: "invitation"), as: try context.requirePrincipal())
        return pages.go(to: pages.links.admin(.users, done: "removed"))
    }

    @Sendable func delete(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context, done: "deleted") { id, principal, _ in
            try await pages.users.delete(id, as: principal)
        }
    }

    /// A new password that nobody chose, shown to the admin once, to be handed over.
    @Sendable func resetPassword(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        _ = try await pages.fields(of: request, context)
        let id: User.ID = try context.id(of: "user")
        let user = try await pages.users.find(id, as: principal)
        let password = Self.handoverPassword()
        try await accounts.resetPassword(of: id, to: password, as: principal)
        return try await show(request, context) {
            $0.newSecret = password
            $0.newSecretLead = "The new password of \(user.displayName)."
        }
    }

    /// Easy to read over the telephone: no letters that look alike, in groups of four; 80 bits.
    private static func handoverPassword() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        let groups = (0..<4).map { _ in String((0..<4).map { _ in letters[Int.random(in: 0..<32)] }) }
        return groups.joined(separator: "-")
    }

    private func change(
        _ request: Request, _ context: AppContext, done: String = "saved",
        _ body: (User.ID, Principal, RequestFields) async throws -> Void
    ) async throws -> Response {
        try await answer(request, context) { id, principal, fields in
            try await body(id, principal, fields)
            return done
        }
    }

    private func answer(
        _ request: Request, _ context: AppContext, _ body: (User.ID, Principal, RequestFields) async throws -> String
    ) async throws -> Response {
        let fields = try await pages.fields(of: request, context)
        let done: String
        do {
            done = try await body(try context.id(of: "user"), try context.requirePrincipal(), fields)
        } catch let error as ChatError {
            guard case .forbidden = error, context.principal?.isAdmin == true, let problem = error.formProblem else {
                throw error
            }
            return try await show(request, context, status: .forbidden) { $0.problem = problem }
        }
        return request.wantsJSON
            ? try JSONBody.response(Done(done)) : pages.go(to: pages.links.admin(.users, done: done))
    }

    private func show(
        _ request: Request, _ context: AppContext, status: HTTPResponse.Status = .ok,
        _ change: (inout People) throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let now = pages.now()
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let people = try await pages.users.all(as: principal)
        let protection = try await pages.users.protection(of: people, as: principal)
        let rows = people.map {
            (isWaiting: $0.awaitsApproval, row: PersonRow($0, reader: principal.user, protection, time, at: now))
        }
        let waiting = rows.filter(\.isWaiting).map(\.row)
        let open = try await invitations.open(as: principal).map { InvitationRow($0, time) }
        var content = People(
            people: rows.filter { !$0.isWaiting }.map(\.row), waiting: waiting, hasWaiting: !waiting.isEmpty,
            invitations: open, hasInvitations: !open.isEmpty)
        try change(&content)
        return try await pages.show(content, request, context, status: status)
    }
}
