import Logging
import Storage

/// Answers one question: asks the model, looks up what it wants to know, and shows what it says.
struct AIAnswering: Sendable {
    static let maximumRounds = 4
    static let longestToolResult = 16_000
    static let mostProposals = 3

    let database: any Database
    let models: AIModels
    let home: HomeAssistantREST?
    let node: String
    let now: @Sendable () -> Timestamp
    let logger: Logger

    private struct Preparation: Sendable {
        let bot: Bot
        let configuration: AIConfiguration
        let context: AIContext
        let tools: HomeTools
        let model: ModelClient?
    }

    func answer(_ request: AIRequest) async {
        do {
            guard let ready = try await prepare(request) else { return }
            let growing = GrowingAnswer(request, ready.bot, node, database, now: now)
            await answer(ready, growing)
        } catch {
            logger.warning("an AI bot could not begin", metadata: details(request, "\(type(of: error))"))
            try? await setState(.failed, request)  // it is taken up again otherwise, when its lease ends
        }
    }

    /// nil: nobody is to answer it any more.
    private func prepare(_ request: AIRequest) async throws -> Preparation? {
        let ready: Preparation? = try await database.read { tx in
            guard let bot = try Bot.find(request.bot, tx), try Bot.isUsable(bot.id, at: now(), tx),
                let configuration = try AIConfiguration.find(bot.id, tx),
                let asker = try User.find(request.asker, tx), asker.deletedAt == nil,
                asker.lockedUntil.map({ $0 <= now() }) ?? true,
                try Message.find(request.question, tx) != nil
            else { return nil }
            let isHomeOpen = try home != nil && SiteSettings.load(tx).tellsHomeAssistant
            let tools = isHomeOpen ? configuration.tools : HomeTools()
            return Preparation(
                bot: bot, configuration: configuration,
                context: try AIContext.load(request, bot, configuration, hasTools: !tools.isEmpty, tx),
                tools: tools,
                model: try models.client(for: bot.id, configuration, tx))
        }
        if ready == nil { try await setState(.dropped, request) }
        return ready
    }

    private func answer(_ ready: Preparation, _ growing: GrowingAnswer) async {
        do {
            let proposals = try await withThrowingTaskGroup(of: [ServiceCall].self) { group in
                group.addTask { try await rounds(ready, growing) }
                group.addTask {
                    try await growing.showForEver()
                    return []
                }
                defer { group.cancelAll() }
                return try await group.next() ?? []
            }
            try await end(growing, proposals)
        } catch _ where Task.isCancelled {
            // The server stops; whoever starts next ends it.
        } catch let problem as AIProblem {
            logger.notice("an AI bot gave no whole answer", metadata: details(growing.request, "\(problem)"))
            await excuse(problem, growing)
        } catch is ChatError {
            await growing.drop()
        } catch {
            logger.warning("an AI bot stopped", metadata: details(growing.request, "\(type(of: error))"))
            await growing.drop()
        }
    }

    private func end(_ growing: GrowingAnswer, _ proposals: [ServiceCall]) async throws {
        let text = await growing.trimmed
        guard !proposals.isEmpty else {
            guard !text.isEmpty else { throw AIProblem.empty }
            return try await growing.end(text, .done)
        }
        let question = AIProposal.question(proposals, after: text)
        let actions = try AIButton.actions(for: growing.request.id)
        try await growing.end(question, .asking, calls: proposals, actions: actions)
    }

    private func excuse(_ problem: AIProblem, _ growing: GrowingAnswer) async {
        let said = await growing.trimmed
        let text = said.isEmpty ? problem.message : "\(said)\n\n*\(problem.ending)*"
        do {
            try await growing.end(text, said.isEmpty ? .failed : .done)
        } catch {
            await growing.drop()
        }
    }

    /// - Returns: the services that the model wants called.
    private func rounds(_ ready: Preparation, _ growing: GrowingAnswer) async throws -> [ServiceCall] {
        guard var model = ready.model else { throw AIProblem.notSetUp }
        let tools = ready.tools
        var messages = ready.context.messages
        for _ in 0..<Self.maximumRounds {
            await growing.beginRound()
            model.maximumCharacters = ModelClient.maximumCharacters - (await growing.text.count)
            let answer = try await model.answer(messages, tools: tools.descriptions) { await growing.say($0) }
            guard !answer.calls.isEmpty else { return [] }
            messages.append(
                ModelMessage(role: .assistant, content: answer.text.isEmpty ? nil : answer.text, calls: answer.calls))
            var proposals: [ServiceCall] = []
            for call in answer.calls {
                let result: String
                switch tools.decide(call) {
                case .read(let entity): result = await look(entity, tools)
                case .ask(let proposal) where proposals.count < Self.mostProposals:
                    proposals.append(proposal)
                    continue
                case .ask: result = "refused: too many at once"
                case .refuse(let reason):
                    logger.notice("a model asked for more than it may", metadata: details(growing.request, reason))
                    result = "refused: \(reason)"
                }
                messages.append(ModelMessage(role: .tool, content: result, callID: call.id))
            }
            guard proposals.isEmpty else { return proposals }
        }
        throw AIProblem.tooManyRounds
    }

    private func look(_ entity: String?, _ tools: HomeTools) async -> String {
        guard let home else { return "Home Assistant is not set up" }
        do {
            let found = if let entity { try await home.state(of: entity) } else { try await home.states(tools) }
            return String(String(decoding: try JSONBody.data(found), as: UTF8.self).prefix(Self.longestToolResult))
        } catch {
            return "Home Assistant cannot be reached"
        }
    }

    private func setState(_ state: AIRequest.State, _ request: AIRequest) async throws {
        try await database.write { tx in
            guard try AIRequest.isHeld(request.id, by: node, tx) else { return }
            try AIRequest.setState(state, of: request.id, at: now(), tx)
        }
    }

    private func details(_ request: AIRequest, _ reason: String) -> Logger.Metadata {
        ["bot": "\(request.bot)", "request": "\(request.id)", "reason": "\(reason)"]
    }
}
