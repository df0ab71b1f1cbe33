import Hummingbird

/// What `/api/v1/bots` does differently for AI bots.
struct AIBotsAPI: Sendable {
    let bots: AIBots

    struct TrialAnswer: Encodable {
        let success: Bool
        let message: String
        let answer: String?
        let tookMilliseconds: Int64

        enum CodingKeys: String, CodingKey {
            case success, message, answer
            case tookMilliseconds = "took_milliseconds"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(success, forKey: .success)
            try container.encode(message, forKey: .message)
            try answer.encode(as: .answer, in: &container)
            try container.encode(tookMilliseconds, forKey: .tookMilliseconds)
        }
    }

    @Sendable func test(_ request: Request, _ context: AppContext) async throws -> Response {
        let trial = try await bots.test(try context.id(of: "bot"), as: try context.requirePrincipal())
        return try JSONBody.response(
            TrialAnswer(
                success: trial.isGood, message: trial.isGood ? "the model answered" : trial.words,
                answer: trial.isGood ? trial.words : nil, tookMilliseconds: trial.took.milliseconds))
    }
}

extension AIChange {
    /// - Parameter fields: the object `ai` of a request; nil: it says nothing.
    init(_ fields: RequestFields?) throws {
        self.init()
        guard let fields else { return }
        endpoint = try fields.string("endpoint")
        model = try fields.string("model")
        key = try fields.string("api_key")
        prompt = try fields.string("prompt")
        contextMessages = try fields.number("context_messages")
        networks = fields["networks"] == nil ? nil : try fields.strings("networks")
        hourlyPerPerson = try fields.number("hourly_per_person")
        daily = try fields.number("daily")
        timeoutSeconds = try fields.number("timeout")
        if let tools = try fields.object("tools") {
            self.tools = try HomeTools(states: tools.strings("states"), services: tools.strings("services"))
        }
    }
}

/// How an AI bot asks, on the wire. Its key is never in it.
struct AIConfigurationJSON: Encodable, Sendable {
    let endpoint: String
    let model: String
    let hasKey: Bool
    let prompt: String
    let contextMessages: Int
    let networks: [String]
    let hourlyPerPerson: Int
    let daily: Int
    let timeout: Int
    let tools: Tools

    struct Tools: Encodable, Sendable {
        let states: [String]
        let services: [String]
    }

    enum CodingKeys: String, CodingKey {
        case endpoint, model, prompt, networks, daily, timeout, tools
        case hasKey = "has_api_key"
        case contextMessages = "context_messages"
        case hourlyPerPerson = "hourly_per_person"
    }

    init(_ configuration: AIConfiguration) {
        endpoint = configuration.endpoint
        model = configuration.model
        hasKey = configuration.hasKey
        prompt = configuration.prompt
        contextMessages = configuration.contextMessages
        networks = configuration.networkWords
        hourlyPerPerson = configuration.hourlyPerPerson
        daily = configuration.daily
        timeout = configuration.timeoutSeconds
        tools = Tools(states: configuration.tools.states, services: configuration.tools.services)
    }
}
