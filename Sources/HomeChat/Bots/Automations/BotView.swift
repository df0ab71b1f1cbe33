/// What the page of a bot shows of it.
struct BotView: View {
    let botId: String
    let name: String
    let username: String
    let about: String
    let kindName: String
    let isWebhook: Bool
    let isAPI: Bool
    let isAI: Bool
    let isActive: Bool
    let address: String?
    let credentials: [ChoiceRow]
    let formats: [ChoiceRow]
    let template: String
    let targets: [ChoiceRow]

    init(_ bot: Bot, address: String?, channels: [Channel]) {
        botId = bot.id.description
        name = bot.name
        username = bot.username
        about = bot.description
        kindName = bot.kind.name
        isWebhook = bot.kind == .webhook
        isAPI = bot.kind == .api
        isAI = bot.kind == .ai
        isActive = bot.isActive
        self.address = bot.credential == .url ? nil : address
        credentials = WebhookCredential.allCases.map {
            ChoiceRow(value: $0.rawValue, name: $0.meaning, isChosen: $0 == bot.credential)
        }
        formats = WebhookFormat.allCases.map {
            ChoiceRow(value: $0.rawValue, name: $0.meaning, isChosen: $0 == bot.format)
        }
        template = bot.template
        targets = channels.map {
            ChoiceRow(value: $0.id.description, name: "#\($0.name)", isChosen: $0.id == bot.channel)
        }
    }
}

/// A webhook that a bot is told by.
struct OutgoingRow: View {
    let webhookId: String
    let target: String
    let networkText: String?
    let eventText: String
    let isOff: Bool
    let waitingText: String?
    let isFailing: Bool
    let turn: String

    init(_ webhook: OutgoingWebhook) {
        webhookId = webhook.id.description
        target = webhook.url ?? "Home Assistant"
        networkText = webhook.networks.isEmpty ? nil : webhook.networks.joined(separator: ", ")
        eventText = webhook.events.map(\.rawValue).sorted().joined(separator: ", ")
        isOff = !webhook.isActive
        waitingText = webhook.waiting > 0 ? "\(webhook.waiting) waiting" : nil
        isFailing = webhook.failures > 0
        turn = webhook.isActive ? "false" : "true"
    }
}

/// A line of the delivery log.
struct DeliveryRow: View {
    let deliveryId: String
    let event: String
    let state: String
    let isDead: Bool
    let canReplay: Bool
    let at: String
    let atText: String
    let result: String?

    init(_ delivery: Delivery, _ time: LocalTime) {
        deliveryId = delivery.id.description
        event = delivery.event
        state = delivery.state.rawValue
        isDead = delivery.state == .dead
        canReplay = delivery.canBeReplayed && delivery.state != .waiting
        at = delivery.createdAt.iso8601
        atText = time.exact(delivery.createdAt)
        let parts = [
            delivery.statusCode.map { "answered \($0)" }, delivery.problem,
            delivery.milliseconds.map { "\($0) ms" },
            delivery.attempts > 1 ? "\(delivery.attempts) tries" : nil,
        ]
        let words = parts.compactMap(\.self).joined(separator: ", ")
        result = words.isEmpty ? nil : words
    }
}

/// How an AI bot asks, as its form shows it.
struct ModelView: View {
    let endpoint: String
    let model: String
    let hasKey: Bool
    let prompt: String
    let contextMessages: String
    let networks: String
    let hourly: String
    let daily: String
    let timeout: String
    let states: String
    let services: String

    init(_ configuration: AIConfiguration) {
        endpoint = configuration.endpoint
        model = configuration.model
        hasKey = configuration.hasKey
        prompt = configuration.prompt
        contextMessages = String(configuration.contextMessages)
        networks = configuration.networkWords.joined(separator: ", ")
        hourly = String(configuration.hourlyPerPerson)
        daily = String(configuration.daily)
        timeout = String(configuration.timeoutSeconds)
        states = configuration.tools.states.joined(separator: ", ")
        services = configuration.tools.services.joined(separator: ", ")
    }
}

extension WebhookCredential {
    fileprivate var meaning: String {
        switch self {
        case .signature: "Signed: a signature over each request. Best."
        case .bearer: "Secret in a header, for senders that cannot sign"
        case .url: "Secret in the address, for senders that can do nothing else"
        }
    }
}

extension WebhookFormat {
    fileprivate var meaning: String {
        switch self {
        case .auto: "Any of these: HomeChat tells them apart"
        case .native: "HomeChat's own"
        case .github: "GitHub"
        case .alertmanager: "Prometheus Alertmanager"
        case .grafana: "Grafana"
        case .slack: "Slack and Mattermost"
        case .text: "Plain text"
        case .template: "A template of yours, below"
        }
    }
}

extension OutgoingEvent {
    var meaning: String {
        switch self {
        case .message: "message: something is said where it may read"
        case .botMessage: "bot_message: something is said to it, or in a channel that it is in"
        case .messageUpdated: "message_updated: a message is changed"
        case .messageDeleted: "message_deleted: a message is gone"
        case .reaction: "reaction: somebody reacts to a message"
        case .memberJoined: "member_joined: somebody joins a channel"
        case .memberLeft: "member_left: somebody leaves a channel"
        case .action: "action: a button on a message of its own is pressed"
        case .command: "command: somebody uses a command of its own"
        case .ping: "ping"
        }
    }
}
