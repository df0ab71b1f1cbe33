import Foundation

/// Our own format, and whatever is no other's.
enum NativeFormat {
    private static let longestExcerpt = 1500
    private static let statusRoom = "bot-status"

    enum Action: String {
        case sendMessage = "send_message"
        case statusUpdate = "status_update"
        case command

        init?(_ json: JSONValue) {
            guard let action = json.string("action").flatMap(Action.init(rawValue:)) else { return nil }
            self = action
        }
    }

    static func deed(_ json: JSONValue) throws -> IncomingFormat.Deed {
        switch Action(json) {
        case .sendMessage: .post(try message(json))
        case .statusUpdate: .post(try status(json))
        case .command: .command(try BotCommandLine(json, target: target(json)))
        case nil: .post(try generic(json))
        }
    }

    /// A field with a text, else the body itself, where the bot is to post texts and nothing else.
    static func text(_ json: JSONValue) throws -> IncomingPost { try generic(json) }

    private static func message(_ json: JSONValue) throws -> IncomingPost {
        guard let text = json.string("content", "message", "text") else {
            throw ChatError.invalid("message", "is missing or blank")
        }
        var post = IncomingPost(IncomingPost.titled(text, json.string("title")))
        post.target = try target(json)
        post.sender = json.string("sender")
        post.key = try json["key"].map { try key($0) }
        post.actions = try [NewAction](json["actions"])
        return post
    }

    private static func status(_ json: JSONValue) throws -> IncomingPost {
        guard let text = json.string("status", "message", "content", "text") else {
            throw ChatError.invalid("status", "is missing or blank")
        }
        var post = IncomingPost(IncomingPost.titled(text, json.string("title")))
        post.kind = .status
        post.target = .named(statusRoom)
        post.sender = json.string("sender")
        post.key = try json["key"].map { try key($0) }
        return post
    }

    /// Somebody else's JSON: what looks like a text is one, and nothing that is odd about the rest is held against it.
    private static func generic(_ json: JSONValue) throws -> IncomingPost {
        guard let text = json.string("content", "message", "text") else { return try excerpt(json) }
        var post = IncomingPost(IncomingPost.titled(text, json.string("title")))
        post.target = try target(json)
        post.sender = json.string("sender")
        post.key = json["key"].flatMap { try? key($0) }
        post.actions = (try? [NewAction](json["actions"])) ?? []
        return post
    }

    /// No text of ours, and nothing that other formats know.
    static func saysNothing(_ json: JSONValue) -> Bool {
        json.string("content", "message", "text", "status", "command") == nil
            && ["attachments", "blocks", "alerts", "payload"].allSatisfy { json[$0] == nil }
    }

    static func wordless(_ json: JSONValue) throws -> IncomingPost {
        var post = IncomingPost(IncomingPost.titled("", json.string("title")))
        post.target = try target(json)
        post.sender = json.string("sender", "username")
        post.key = try json["key"].map { try key($0) }
        return post
    }

    private static func excerpt(_ json: JSONValue) throws -> IncomingPost {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // One line, so nothing in it can end the code.
        let line = String(decoding: try encoder.encode(json), as: UTF8.self)
        return IncomingPost("```json\n\(MarkdownText.cut(line, to: longestExcerpt))\n```")
    }

    /// An explicit channel, by id or by name.
    static func target(_ json: JSONValue) throws -> Room.Target? {
        if json["channel_id"] != nil, let id: Channel.ID = try fields(json).id("channel_id") { return .channel(id) }
        for name in ["room_id", "room", "channel"] {
            guard case .string(let room)? = json[name], !room.isEmpty else { continue }
            guard !room.utf8.contains(0) else { throw ChatError.invalid(name, "must not contain NUL") }
            return .named(room)
        }
        return nil
    }

    private static func fields(_ json: JSONValue) -> RequestFields {
        if case .object(let values) = json { RequestFields(values) } else { RequestFields() }
    }

    private static func key(_ value: JSONValue) throws -> String {
        guard let text = value.text else { throw ChatError.invalid("key", "must be text") }
        return text
    }
}

/// A word to a bot and its answer.
struct BotCommandLine: Sendable {
    let name: String
    let arguments: [String]
    let target: Room.Target?

    init(_ json: JSONValue, target: Room.Target?) throws {
        guard let name = json.string("command") else { throw ChatError.invalid("command", "is missing or blank") }
        self.name = name.trimmingCharacters(in: .whitespaces).lowercased()
        arguments = json.string("args").map { [$0] } ?? json.list("args").compactMap(\.text)
        self.target = target
    }

    func answer(of bot: Bot, messages: Int64) -> IncomingPost {
        var post = IncomingPost(words(of: bot, messages))
        post.kind = .botResponse
        post.target = target
        return post
    }

    private func words(of bot: Bot, _ messages: Int64) -> String {
        switch name {
        case "ping": return "pong"
        case "status":
            let last = bot.lastActiveAt.map { "last heard of \($0.iso8601)" } ?? "never heard of before"
            return "\(MarkdownText.bold(bot.name)) is active: \(messages) messages, \(last)"
        case "echo":
            let words = arguments.joined(separator: " ")
            return words.allSatisfy(\.isWhitespace) ? "nothing to echo; send it as args" : words
        default:
            return "there is no command \(MarkdownText.code(name)); there are ping, status and echo"
        }
    }
}
