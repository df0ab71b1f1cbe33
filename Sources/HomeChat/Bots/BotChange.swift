/// What is to be different about a bot; nil stays as it is.
package struct BotChange: Sendable {
    static let longestTemplate = 4000

    var name: String?
    var description: String?
    var isActive: Bool?
    var credential: WebhookCredential?
    var format: WebhookFormat?
    var template: String?
    var channel: Channel.ID?

    package init(
        name: String? = nil, description: String? = nil, isActive: Bool? = nil, credential: String? = nil,
        format: String? = nil, template: String? = nil, channel: Channel.ID? = nil
    ) throws {
        self.name = try name.map(NewBot.name)
        self.description = try description.map { try line($0, "description", atMost: 500) }
        self.isActive = isActive
        self.credential = try credential.map { try Self.choice($0, "credential") }
        self.format = try format.map { try Self.choice($0, "format") }
        if let template, template.utf8.count > Self.longestTemplate || template.utf8.contains(0) {
            throw ChatError.invalid("template", "must have at most \(Self.longestTemplate) bytes")
        }
        if let template, !template.isEmpty { _ = try TemplateFormat(template) }
        self.template = template
        self.channel = channel
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ word: String, _ field: String
    ) throws -> Choice {
        guard let choice = Choice(rawValue: word) else {
            throw ChatError.invalid(
                field, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}
