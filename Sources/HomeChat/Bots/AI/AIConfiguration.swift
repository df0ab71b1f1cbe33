import Foundation

/// What an AI bot asks, how, and how often it lets itself be asked. The key for the endpoint is not in it.
package struct AIConfiguration: Sendable, Equatable {
    static let longestPrompt = 4_000
    static let contextSizes = 1...50
    static let hourlyLimits = 1...1_000
    static let dailyLimits = 1...100_000
    static let timeouts = 5...600
    static let mostNetworks = 20

    /// Empty: that of the server's settings, with its key.
    package internal(set) var endpoint = ""
    /// Empty: that of the server's settings.
    package internal(set) var model = ""
    package internal(set) var prompt = ""
    package internal(set) var contextMessages = 20
    /// Private networks that the endpoint may be in.
    var networks: [Network] = []
    package internal(set) var hourlyPerPerson = 20
    package internal(set) var daily = 300
    package internal(set) var timeoutSeconds = 120
    package internal(set) var tools = HomeTools()
    package internal(set) var hasKey = false

    package init() {}

    package var networkWords: [String] { networks.map(\.text) }
}

/// What is to be different; nil stays as it is.
package struct AIChange: Sendable {
    static let longestKey = 1_000

    var endpoint: String?
    var model: String?
    /// Empty: it needs none.
    var key: String?
    var prompt: String?
    var contextMessages: Int?
    var networks: [String]?
    var hourlyPerPerson: Int?
    var daily: Int?
    var timeoutSeconds: Int?
    var tools: HomeTools?

    package init(
        endpoint: String? = nil, model: String? = nil, key: String? = nil, prompt: String? = nil,
        contextMessages: Int? = nil, networks: [String]? = nil, hourlyPerPerson: Int? = nil, daily: Int? = nil,
        timeoutSeconds: Int? = nil, tools: HomeTools? = nil
    ) {
        self.endpoint = endpoint
        self.model = model
        self.key = key
        self.prompt = prompt
        self.contextMessages = contextMessages
        self.networks = networks
        self.hourlyPerPerson = hourlyPerPerson
        self.daily = daily
        self.timeoutSeconds = timeoutSeconds
        self.tools = tools
    }

    /// The names of what it says something about, for the audit log.
    var fields: [String] {
        let all: [(String, Bool)] = [
            ("endpoint", endpoint != nil), ("model", model != nil), ("api_key", key != nil), ("prompt", prompt != nil),
            ("context_messages", contextMessages != nil), ("networks", networks != nil),
            ("hourly_per_person", hourlyPerPerson != nil), ("daily", daily != nil), ("timeout", timeoutSeconds != nil),
            ("tools", tools != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// - Throws: `invalid` with the field that does not fit.
    func applied(to old: AIConfiguration) throws -> AIConfiguration {
        var new = old
        if let networks { new.networks = try Self.networks(networks) }
        if let endpoint { new.endpoint = try Self.endpoint(endpoint) }
        try Self.requireReachable(new)
        if let model { new.model = try line(model, "model", atMost: 200) }
        if let prompt { new.prompt = try Self.prompt(prompt) }
        new.contextMessages = try Self.number(
            contextMessages, "context_messages", AIConfiguration.contextSizes, old.contextMessages)
        new.hourlyPerPerson = try Self.number(
            hourlyPerPerson, "hourly_per_person", AIConfiguration.hourlyLimits, old.hourlyPerPerson)
        new.daily = try Self.number(daily, "daily", AIConfiguration.dailyLimits, old.daily)
        new.timeoutSeconds = try Self.number(timeoutSeconds, "timeout", AIConfiguration.timeouts, old.timeoutSeconds)
        if let tools { new.tools = tools }
        if let key { new.hasKey = try !Self.key(key).isEmpty }
        // What was meant for one server is not sent to another.
        if new.endpoint != old.endpoint, key == nil { new.hasKey = false }
        return new
    }

    private static func number(_ value: Int?, _ field: String, _ range: ClosedRange<Int>, _ old: Int) throws -> Int {
        guard let value else { return old }
        guard range.contains(value) else {
            throw ChatError.invalid(field, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private static func endpoint(_ text: String) throws -> String {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { return "" }
        guard ModelClient.url(of: text, allowsPlain: true) != nil else {
            throw ChatError.invalid("endpoint", "must be an address like http://127.0.0.1:11434/v1")
        }
        return text
    }

    /// Plain HTTP, and an address that is none on the internet, only with the networks that are meant.
    private static func requireReachable(_ configuration: AIConfiguration) throws {
        guard !configuration.endpoint.isEmpty, configuration.networks.isEmpty,
            let url = OutboundURL(configuration.endpoint, allowsPlain: true)
        else { return }
        let isAddress = Network(url.host) != nil
        guard !Network.isThisMachine(url.host), !isAddress || OutboundAddresses.isPublic(url.host) else {
            throw ChatError.invalid("networks", "must name the private network that the endpoint is in")
        }
        guard OutboundURL(configuration.endpoint) != nil else {
            throw ChatError.invalid("endpoint", "must be https; http only in private networks that are named")
        }
    }

    private static func networks(_ words: [String]) throws -> [Network] {
        guard words.count <= AIConfiguration.mostNetworks else {
            throw ChatError.invalid("networks", "must be at most \(AIConfiguration.mostNetworks)")
        }
        return try words.map {
            guard let network = Network($0) else {
                throw ChatError.invalid("networks", "must be addresses or networks like 192.168.0.0/24")
            }
            return network
        }
    }

    private static func prompt(_ text: String) throws -> String {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.count <= AIConfiguration.longestPrompt, text.utf8.count <= AIConfiguration.longestPrompt * 8,
            !text.utf8.contains(0)
        else {
            throw ChatError.invalid("prompt", "must have at most \(AIConfiguration.longestPrompt) characters")
        }
        return text
    }

    static func key(_ text: String) throws -> String {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.utf8.count <= longestKey, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ChatError.invalid("api_key", "must have at most \(longestKey) visible ASCII characters")
        }
        return text
    }
}

extension AIChange: Undescribed {}
