import Hummingbird

/// What an admin reaches for when something is wrong: one button for all of it, each step alone, and the way back.
struct EmergencyPages: Sendable {
    let pages: Pages
    let emergencies: Emergencies
    let proofs: Proofs

    private struct Overview: PageContent {
        static let template = "admin/emergency"
        let title = "Emergency"
        let heading = "Administration"
        let tabEmergency = true
        let facts: [Fact]
        let isCalm: Bool
        let isLiftable: Bool
        let measures: [Choice]
        let receipt: [String]
        let notes: [String]
        let receiptTitle: String?
        let done: String?
    }

    private struct Fact: View {
        let factText: String
        let since: String?
        let sinceText: String
        let begunBy: String
    }

    private struct Choice: View {
        let measureName: String
        let label: String
        let effect: String

        init(_ measure: EmergencyMeasure) {
            let words = EmergencyWords(measure)
            (measureName, label, effect) = (measure.name, words.label, words.effect)
        }
    }

    private struct Question: PageContent {
        static let template = "admin/emergency-question"
        let title: String
        let heading = "Administration"
        let tabEmergency = true
        let measureName: String
        let question: String
        let effect: String
        let steps: [String]
        let notes: [String]
        let button: String
        let locks: Bool
        let isDangerous: Bool
        let needsPassword: Bool
        var problem: String?
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        try await show(nil, request, context)
    }

    /// Names the effect, with the numbers of a rehearsal, before anything is done.
    @Sendable func ask(_ request: Request, _ context: AppContext) async throws -> Response {
        try await ask(try measure(context, lock: EmergencyMeasure.usualLock), nil, request, context)
    }

    @Sendable func act(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try await pages.fields(of: request, context)
        let measure = try measure(context, lock: try fields.lock())
        do {
            if let password = try fields.string("password"), !password.isEmpty {
                try principal.requireAdmin()
                try await proofs.confirm(password: password, as: principal)
            }
            return try await show(try await emergencies.take(measure, as: principal), request, context)
        } catch let error as ChatError {
            guard principal.isAdmin, !request.wantsJSON else { throw error }
            let problem = error == .proofNeeded ? "Type your password too." : error.formProblem
            guard let problem else { throw error }
            return try await ask(measure, problem, request, context)
        }
    }

    private func measure(_ context: AppContext, lock: Duration) throws -> EmergencyMeasure {
        guard let measure = EmergencyMeasure(name: context.parameters.get("measure") ?? "", lock: lock) else {
            throw ChatError.notFound("measure")
        }
        return measure
    }

    private func ask(
        _ measure: EmergencyMeasure, _ problem: String?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        // What was asked for may be what does not fit; then the question is about the usual.
        let fit = (try? measure.requireFit()) == nil ? EmergencyMeasure(name: measure.name) ?? measure : measure
        let rehearsal = try await emergencies.take(fit, isDryRun: true, as: principal)
        let words = EmergencyWords(measure)
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let content = Question(
            title: words.label, measureName: measure.name, question: words.label + "?", effect: words.effect,
            steps: rehearsal.sentences(time), notes: rehearsal.notes, button: words.button,
            locks: words.locks, isDangerous: words.isDangerous,
            needsPassword: try await !proofs.isFresh(principal), problem: problem)
        return try await pages.show(content, request, context, status: problem == nil ? .ok : .unprocessableContent)
    }

    private func show(
        _ receipt: EmergencyReceipt?, _ request: Request, _ context: AppContext
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let state = try await emergencies.state(as: principal)
        let time = LocalTime(zone: try await pages.users.me(principal).timeZone)
        let facts = Self.facts(state, time)
        let measures: [EmergencyMeasure] = [
            .revokeTokens, .lockUsers(EmergencyMeasure.usualLock), .expireSessions,
            .readOnly(state.readOnly == nil), .resetPasswords,
        ]
        let content = Overview(
            facts: facts, isCalm: facts.isEmpty, isLiftable: state.isLiftable, measures: measures.map(Choice.init),
            receipt: receipt?.sentences(time) ?? [], notes: receipt?.notes ?? [],
            receiptTitle: receipt.flatMap { EmergencyMeasure(name: $0.action) }.map { EmergencyWords($0).done },
            done: try SettingsTab.notice(request))
        return try await pages.show(content, request, context)
    }

    private static func facts(_ state: EmergencyState, _ time: LocalTime) -> [Fact] {
        func fact(_ text: String, _ measure: EmergencyState.Measure?) -> Fact? {
            measure.map {
                Fact(factText: text, since: $0.since.iso8601, sinceText: time.exact($0.since), begunBy: $0.by)
            }
        }
        func fact(_ text: String, if holds: Bool) -> Fact? {
            holds ? Fact(factText: text, since: nil, sinceText: "", begunBy: "") : nil
        }
        let accounts = state.lockedUsers == 1 ? "1 account is" : "\(state.lockedUsers) accounts are"
        let end = state.lockedUntil.map { " until \(time.exact($0))" } ?? ""
        let people = state.passwordsToRenew == 1 ? "1 person has" : "\(state.passwordsToRenew) people have"
        return [
            fact("Lockdown", state.lockdown), fact("Read-only", state.readOnly),
            fact("\(accounts) locked\(end)", if: state.lockedUsers > 0),
            fact("Sign-ups are closed", if: state.closedSignUps),
            fact("\(people) to choose a new password", if: state.passwordsToRenew > 0),
        ].compactMap(\.self)
    }
}

extension EmergencyReceipt {
    /// The steps with the reader's own time in them.
    fileprivate func sentences(_ time: LocalTime) -> [String] {
        steps.map { step in
            let text = step.until.map { step.text.replacing($0.iso8601, with: time.exact($0)) } ?? step.text
            return text.sentence
        }
    }
}

/// What a measure is called on the page, and what it does.
private struct EmergencyWords {
    let label: String
    let effect: String
    let button: String
    let done: String
    var locks = false
    var isDangerous = true

    init(_ measure: EmergencyMeasure) {
        switch measure {
        case .lockdown:
            label = "Lock this HomeChat down"
            effect =
                "All API tokens are revoked, everybody but admins is locked out, every session but this one ends, and nobody can sign up. Every open connection closes at once."
            (button, done, locks) = ("Lock down now", "Locked down", true)
        case .lift:
            label = "Lift"
            effect = "The locks that an emergency set are taken off, and sign-ups are as they were before the lockdown."
            (button, done, isDangerous) = ("Lift now", "Lifted", false)
        case .revokeTokens:
            label = "Revoke all API tokens"
            effect = "Scripts and other programs are shut out at once, for good. This cannot be undone."
            (button, done) = ("Revoke all tokens", "All tokens are revoked")
        case .lockUsers:
            label = "Lock everybody but admins"
            effect =
                "Nobody but admins can do anything until then. Their sessions and tokens work again when it is lifted."
            (button, done, locks) = ("Lock accounts", "Accounts are locked", true)
        case .expireSessions:
            label = "Sign everybody out"
            effect =
                "Every session but this one ends, those of other admins too. This cannot be undone: everybody signs in again."
            (button, done) = ("Sign everybody out", "Everybody is signed out")
        case .resetPasswords:
            label = "Ask for new passwords"
            effect = "Everybody, you too, has to choose a new password at the next sign-in."
            (button, done) = ("Ask for new passwords", "New passwords are asked for")
        case .readOnly(true):
            label = "Make it read-only"
            effect = "Everybody can read and sign in; nobody can change anything but admins on this page."
            (button, done) = ("Make it read-only", "Read-only")
        case .readOnly(false):
            label = "Allow changes again"
            effect = "Everybody can write again."
            (button, done, isDangerous) = ("Allow changes", "Changes are allowed again", false)
        }
    }
}
