import Testing

@testable import HomeChat

@Suite struct NativeFormatTests {
    @Test func `a message has its aliases, a title, a room and a sender`() throws {
        let post = try posted(
            #"{"action": "send_message", "message": "Rain **soon**", "title": "Weather", "room_id": "garden", "sender": "Station", "key": "rain"}"#
        )
        #expect(post.text == "**Weather**\nRain **soon**" && post.sender == "Station" && post.key == "rain")
        #expect(post.kind == .bot && post.roomName == "garden")
        for field in ["content", "message", "text"] {
            #expect(try posted(#"{"action": "send_message", "\#(field)": "hello"}"#).text == "hello")
        }
        for field in ["room_id", "room", "channel"] {
            #expect(try posted(#"{"text": "hello", "\#(field)": "garden"}"#).roomName == "garden")
        }
        let byID = try posted(#"{"action": "send_message", "content": "x", "channel_id": 7}"#)
        guard case .channel(Channel.ID(7))? = byID.target else { Issue.record("no channel"); return }
    }

    @Test func `a title that the text has already is not said twice`() throws {
        let post = try posted(#"{"action": "send_message", "message": "**Door**\nopen", "title": "Door"}"#)
        #expect(post.text == "**Door**\nopen")
        let marked = try posted(#"{"action": "send_message", "message": "x", "title": "@channel **now**"}"#)
        #expect(try !marked.draft().mentions.everyone && marked.text == "**@\u{2060}channel \\*\\*now\\*\\***\nx")
    }

    @Test func `a message without a text names the field`() {
        for body in [#"{"action": "send_message"}"#, #"{"action": "send_message", "content": "  "}"#] {
            #expect(throws: ChatError.invalid("message", "is missing or blank")) { try posted(body) }
        }
        #expect(throws: ChatError.invalid("status", "is missing or blank")) {
            try posted(#"{"action": "status_update"}"#)
        }
        #expect(throws: ChatError.invalid("command", "is missing or blank")) { try posted(#"{"action": "command"}"#) }
    }

    @Test func `a status goes to its own channel whatever else is said`() throws {
        let post = try posted(#"{"action": "status_update", "status": "awake", "room": "garden"}"#)
        #expect(post.text == "awake" && post.kind == .status && post.roomName == "bot-status")
    }

    @Test func `a command is answered`() throws {
        func answer(_ body: String) throws -> IncomingPost {
            guard case .command(let line) = try NativeFormat.deed(try json(body)) else {
                throw ChatError.missing("command")
            }
            return line.answer(of: try sampleBot(), messages: 3)
        }
        #expect(try answer(#"{"action": "command", "command": "Ping"}"#).text == "pong")
        #expect(try answer(#"{"action": "command", "command": "ping"}"#).kind == .botResponse)
        #expect(try answer(#"{"action": "command", "command": "echo", "args": ["a", "b", 3]}"#).text == "a b 3")
        #expect(try answer(#"{"action": "command", "command": "echo", "args": "all of it"}"#).text == "all of it")
        #expect(try answer(#"{"action": "command", "command": "echo"}"#).text.contains("nothing to echo"))
        #expect(try answer(#"{"action": "command", "command": "status"}"#).text.contains("3 messages"))
        let unknown = try answer(#"{"action": "command", "command": "open`@channel", "room_id": "garden"}"#)
        #expect(unknown.text.contains("no command `open'@channel`") && unknown.roomName == "garden")
        #expect(try !unknown.draft().mentions.everyone)
    }

    @Test func `buttons have to be fit where they are asked for, and are left out where they mean something else`()
        throws
    {
        let good = #""actions": [{"id": "open", "label": "Open", "style": "primary"}]"#
        #expect(try posted(#"{"action": "send_message", "text": "x", \#(good)}"#).actions.map(\.id) == ["open"])
        #expect(throws: ChatError.self) { try posted(#"{"action": "send_message", "text": "x", "actions": "open"}"#) }
        #expect(try posted(#"{"message": "x", "actions": [{"action": "view"}]}"#).actions.isEmpty)
    }

    @Test func `what is no other's format is a text, or an excerpt`() throws {
        #expect(try posted(#"{"action": "opened", "message": "x"}"#).text == "x")
        #expect(
            try posted(#"{"b": [1, null], "a": "@channel ```"}"#).text
                == "```json\n{\"a\":\"@channel ```\",\"b\":[1,null]}\n```")
        let long = try posted(#"{"a": "\#(String(repeating: "x", count: 9000))"}"#)
        #expect(long.text.count < 1600 && long.text.hasSuffix("…\n```"))
        #expect(try !posted(#"{"a": "@channel"}"#).draft().mentions.everyone)
        #expect(try posted("{}").text == "```json\n{}\n```")
    }

    @Test func `a text may come as it is, or as a form`() throws {
        #expect(try posted("Water in the cellar", type: "text/plain").text == "Water in the cellar")
        #expect(try posted("caf\u{E9}", type: "text/plain; charset=UTF-8").text == "café")
        #expect(
            try posted("message=two+words&room=garden", type: "application/x-www-form-urlencoded").text == "two words")
        let field = "payload=%7B%22text%22%3A%22in%20a%20field%22%7D"
        #expect(try posted(field, type: "application/x-www-form-urlencoded").text == "in a field")
        #expect(try posted(#"{"text": "as curl -d"}"#, type: "application/x-www-form-urlencoded").text == "as curl -d")
    }

    @Test func `a longer text than a message may have is cut, with a mark`() throws {
        let long = try posted(String(repeating: "é", count: 20_000), type: "text/plain").draft().text
        #expect(long.count == MessageDraft.maximumCharacters && long.hasSuffix("\n… (cut)"))
        let stacked = try posted("e" + String(repeating: "\u{301}", count: 60_000), type: "text/plain").draft().text
        #expect(stacked.utf8.count <= MessageDraft.maximumCharacters * 8)
        #expect(try posted("a\u{0}b\r\nc", type: "text/plain").draft().text == "ab\nc")
    }

    @Test func `what cannot be read is refused in words`() {
        #expect(throws: ChatError.malformed("the JSON must be an object")) { try posted("[1]") }
        #expect(throws: ChatError.malformed("the body is not valid JSON")) { try posted("{") }
        #expect(throws: ChatError.malformed("the body is not valid JSON")) { try posted("") }
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(throws: ChatError.malformed("the JSON is nested too deeply")) { try posted("{\"a\": \(deep)}") }
        #expect(throws: ChatError.self) { try posted("<a/>", type: "text/xml") }
        #expect(throws: ChatError.self) { try posted("x", type: "text/plain; charset=koi8-r") }
        #expect(throws: ChatError.unsupportedType("this webhook takes JSON, and not text/plain")) {
            try posted("x", type: "text/plain", format: .github)
        }
    }
}

extension IncomingPost {
    var roomName: String? { if case .named(let name)? = target { name } else { nil } }
}

func sampleBot() throws -> Bot {
    Bot(
        id: .init(1), user: .init(2), username: "door", owner: nil, name: "Door", description: "", kind: .webhook,
        isActive: true, channel: nil, webhookID: "x", credential: .signature, format: .auto, template: "",
        createdAt: .now, updatedAt: .now, lastActiveAt: nil)
}
