/// From what a sender says to a message. Each format is a function of the JSON alone, in a file of its own.
enum IncomingFormat {
    /// What else is known when a body is read.
    struct Setting: Sendable {
        var format = WebhookFormat.auto
        var template = ""
        var gitHubEvent: String?
        /// It came by an address for Slack's senders, whose texts are not quite Markdown.
        var isForSlack = false
    }

    /// What is to be done: to post, or to answer a command, which takes a look at the bot.
    enum Deed: Sendable {
        case post(IncomingPost)
        case command(BotCommandLine)
    }

    static func deed(of body: IncomingBody, _ setting: Setting) throws -> Deed {
        switch body {
        case .text(let text):
            guard [.auto, .text, .native].contains(setting.format) else {
                throw ChatError.unsupportedType("this webhook takes JSON, and not text/plain")
            }
            return .post(IncomingPost(text))
        case .object(let values):
            return try deed(of: JSONValue.object(values), setting)
        }
    }

    /// What a form with files says. They may be all that there is to say.
    static func post(of body: IncomingBody, withFiles isWithFiles: Bool, _ setting: Setting) throws -> Deed {
        guard isWithFiles, case .object(let values) = body else { return try deed(of: body, setting) }
        let json = JSONValue.object(values)
        if NativeFormat.saysNothing(json), setting.format != .template { return .post(try NativeFormat.wordless(json)) }
        let deed = try deed(of: json, setting)
        guard case .post = deed else { throw ChatError.invalid("files", "go with a message, and not with a command") }
        return deed
    }

    private static func deed(of json: JSONValue, _ setting: Setting) throws -> Deed {
        switch setting.format {
        case .auto: try detected(json, setting)
        case .native: try NativeFormat.deed(json)
        case .github: .post(try GitHubFormat.post(json, event: setting.gitHubEvent ?? GitHubFormat.guess(json)))
        case .alertmanager: .post(try AlertmanagerFormat.post(json))
        case .grafana: .post(try GrafanaFormat.post(json))
        case .slack: .post(try SlackFormat.post(json))
        case .text: .post(try NativeFormat.text(json))
        case .template: .post(try TemplateFormat(setting.template).post(json))
        }
    }

    /// GitHub's header comes first: its bodies have an `action` of their own.
    private static func detected(_ json: JSONValue, _ setting: Setting) throws -> Deed {
        if let event = setting.gitHubEvent { return .post(try GitHubFormat.post(json, event: event)) }
        if NativeFormat.Action(json) != nil { return try NativeFormat.deed(json) }
        if AlertmanagerFormat.fits(json) { return .post(try AlertmanagerFormat.post(json)) }
        if GrafanaFormat.fits(json) { return .post(try GrafanaFormat.post(json)) }
        if SlackFormat.fits(json) || setting.isForSlack && json.string("text") != nil {
            return .post(try SlackFormat.post(json))
        }
        return try NativeFormat.deed(json)
    }
}
