import Hummingbird

extension BotPages {
    @Sendable func addWebhook(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try await pages.fields(of: request, context)
        let id: Bot.ID = try context.id(of: "bot")
        do {
            let url = try fields.string("url") ?? ""
            let new = try NewOutgoingWebhook(
                url: url.isEmpty ? nil : url, networks: try fields.strings("networks"),
                events: try fields.strings("events"))
            let made = try await webhooks.create(new, for: id, as: principal)
            guard let secret = made.secret else { return pages.go(to: pages.links.bot(id, done: "saved")) }
            return try await show(id, request, context) {
                $0.newSecret = secret.text
                $0.newSecretLead = "This is what the bot signs with."
            }
        } catch let error as ChatError {
            guard let problem = error.formProblem, principal.isAdmin, !request.wantsJSON else { throw error }
            return try await show(id, request, context, status: .unprocessableContent) { $0.problem = problem }
        }
    }

    @Sendable func turnWebhook(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            let change = try OutgoingWebhookChange(isActive: try fields.boolean("active") ?? false)
            _ = try await webhooks.update(try webhook(context), of: id, change, as: principal)
        }
    }

    @Sendable func removeWebhook(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context, done: "removed") { id, principal, _ in
            try await webhooks.delete(try webhook(context), of: id, as: principal)
        }
    }

    /// Sends a ping now and says what came of it.
    @Sendable func tryWebhook(_ request: Request, _ context: AppContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        _ = try await pages.fields(of: request, context)
        let id: Bot.ID = try context.id(of: "bot")
        do {
            let outcome = try await webhooks.test(try webhook(context), of: id, as: principal)
            return try await show(id, request, context) { $0.trial = outcome.words }
        } catch let error as ChatError {
            guard let problem = error.formProblem, principal.isAdmin else { throw error }
            return try await show(id, request, context, status: .unprocessableContent) { $0.problem = problem }
        }
    }

    @Sendable func replay(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, _ in
            guard let delivery = Delivery.ID(try context.parameters.require("delivery_id")) else {
                throw ChatError.notFound("delivery")
            }
            _ = try await webhooks.replay(delivery, of: id, as: principal)
        }
    }

    @Sendable func configureModel(_ request: Request, _ context: AppContext) async throws -> Response {
        try await change(request, context) { id, principal, fields in
            let key = try fields.string("api_key") ?? ""
            let change = AIChange(
                endpoint: try fields.string("endpoint"), model: try fields.string("model"),
                key: try key.isEmpty ? (fields.boolean("forget_key") == true ? "" : nil) : key,
                prompt: try fields.string("prompt"), contextMessages: try fields.number("context_messages"),
                networks: try fields.strings("networks"), hourlyPerPerson: try fields.number("hourly_per_person"),
                daily: try fields.number("daily"), timeoutSeconds: try fields.number("timeout"),
                tools: try HomeTools(states: fields.strings("states"), services: fields.strings("services")))
            _ = try await assistants.update(id, try BotChange(), change, as: principal)
        }
    }

    /// Asks the model for one word and says what came of it.
    @Sendable func tryModel(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await pages.fields(of: request, context)
        let id: Bot.ID = try context.id(of: "bot")
        let trial = try await assistants.test(id, as: try context.requirePrincipal())
        return try await show(id, request, context) {
            $0.trial = trial.isGood ? "The model said: " + trial.words : trial.words.sentence
        }
    }

    private func webhook(_ context: AppContext) throws -> OutgoingWebhook.ID {
        guard let id = OutgoingWebhook.ID(try context.parameters.require("webhook_id")) else {
            throw ChatError.notFound("webhook")
        }
        return id
    }
}

extension OutgoingWebhooks.TryOut {
    fileprivate var words: String {
        let answer = statusCode.map { "It answered \($0) after \(milliseconds) ms" }
        if isDelivered { return (answer ?? "It was delivered") + "." }
        return [answer, problem].compactMap(\.self).joined(separator: ": ").sentence
    }
}
