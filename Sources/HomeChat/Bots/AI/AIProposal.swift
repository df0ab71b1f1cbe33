import Foundation
import Logging
import Storage

/// What a model wants done in the house: asked, decided, done once.
enum AIProposal {
    static func question(_ calls: [ServiceCall], after text: String) -> String {
        let heading = calls.count == 1 ? "Shall I do this?" : "Shall I do these?"
        let list = calls.map { "- \($0.words)" }.joined(separator: "\n")
        return ((text.isEmpty ? [] : [text]) + [heading, list]).joined(separator: "\n\n")
    }

    static func calls(_ json: String) throws -> [ServiceCall] {
        try JSONDecoder().decode([ServiceCall].self, from: Data(json.utf8))
    }

    static func words(_ outcome: HomeAssistantREST.Outcome) -> String {
        switch outcome {
        case .done: "done"
        case .failed(let reason): "not done: \(reason)"
        case .unknown: "it is not known whether it was done: Home Assistant did not answer in time"
        }
    }
}

/// The buttons below such a question.
enum AIButton: String, Sendable {
    case doIt = "do_it"
    case no

    static func actions(for request: AIRequest.ID) throws -> [NewAction] {
        try [Self.doIt, .no].map { button in
            var action = try NewAction(
                id: button.rawValue, label: button == .doIt ? "Do it" : "No",
                style: button == .doIt ? .primary : .default)
            action.handler = .ai
            action.subject = "ai:\(request)"
            return action
        }
    }

    /// In the transaction of the press. What was approved is done afterwards, once, by whichever node takes it.
    static func run(
        _ action: String, on subject: String, as principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        try AIRequest.requireCalm(tx)
        guard let button = AIButton(rawValue: action), let id: AIRequest.ID = subject.id(after: "ai:"),
            let request = try AIRequest.find(id, tx), request.state == .asking,
            let bot = try Bot.find(request.bot, tx), let answer = request.answer
        else { throw ChatError.conflict("this was decided already") }
        // A model proposes and a person does: a script could ask and press by itself.
        guard case .session = principal.credential, principal.bot == nil else {
            throw ChatError.forbidden("this button needs a sign-in, a token is not enough")
        }
        guard !principal.isRestricted else { throw ChatError.forbidden("this button is not for limited accounts") }
        guard principal.user == request.asker || principal.isAdmin else {
            throw ChatError.forbidden("only whoever asked, or an admin, can decide this")
        }
        guard now < request.changedAt + AIRequest.decisionPeriod, try Bot.isUsable(bot.id, at: now, tx) else {
            throw ChatError.forbidden("it is too late to decide this; ask again")
        }
        let text = try Message.find(answer, tx)?.content ?? ""
        switch button {
        case .doIt:
            try AIRequest.approve(id, by: principal.user, at: now, tx)
            try AIAnswer.end(answer, with: text, by: bot, at: now, tx)
            tx.announce(.aiAsked)
        case .no:
            try AIRequest.setState(.done, of: id, at: now, tx)
            try AIAnswer.end(answer, with: "\(text)\n\nNot done.", by: bot, at: now, tx)
        }
    }
}

/// Does what somebody approved.
struct AIDoing: Sendable {
    let database: any Database
    let home: HomeAssistantREST?
    let audit: AuditLog
    let node: String
    let now: @Sendable () -> Timestamp
    let logger: Logger

    func carryOut(_ request: AIRequest) async {
        do {
            let calls = try AIProposal.calls(request.calls)
            guard let allowed = try await allowed(request) else { return }
            var outcomes: [HomeAssistantREST.Outcome] = []
            for call in calls {
                guard let home, allowed.mayCall(call) else {
                    outcomes.append(.failed("this is not allowed any more"))
                    continue
                }
                outcomes.append(await home.call(call))
            }
            try await tell(request, zip(calls, outcomes).map { ($0, $1) })
        } catch {
            logger.warning(
                "a service call could not be told of",
                metadata: ["request": "\(request.id)", "reason": "\(type(of: error))"])
        }
    }

    /// The list as it is now; nil where the request is not ours any more.
    private func allowed(_ request: AIRequest) async throws -> HomeTools? {
        try await database.read { tx in
            guard try AIRequest.isHeld(request.id, by: node, tx) else { return nil }
            guard try Bot.isUsable(request.bot, at: now(), tx), try SiteSettings.load(tx).tellsHomeAssistant else {
                return HomeTools()
            }
            return try AIConfiguration.find(request.bot, tx)?.tools ?? HomeTools()
        }
    }

    private func tell(_ request: AIRequest, _ results: [(ServiceCall, HomeAssistantREST.Outcome)]) async throws {
        let words = results.map { "- \($0.words): \(AIProposal.words($1))" }.joined(separator: "\n")
        try await database.write { tx in
            let moment = now()
            try AIRequest.setState(.done, of: request.id, at: moment, tx)
            guard let bot = try Bot.find(request.bot, tx) else { return }
            let person = try request.decidedBy.flatMap { try User.find($0, tx) }
            for (call, outcome) in results {
                try audit.record(
                    .houseServiceCalled, user: person?.id, actor: person?.username ?? "somebody", from: .here,
                    target: "bot:\(bot.id)",
                    details: [
                        "service": call.service, "entities": call.entities.joined(separator: " "),
                        "done": outcome == .done ? "yes" : "no",
                    ], tx)
            }
            guard let answer = request.answer, let message = try Message.find(answer, tx) else { return }
            let by = person.map { " Asked for by \($0.username)." } ?? ""
            let whole = "\(message.content)\n\nWhat became of it:\(by)\n\n\(words)"
            try AIAnswer.end(answer, with: whole, by: bot, at: moment, tx)
        }
    }
}
