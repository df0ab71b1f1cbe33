/// What is said to a model and by it (OpenAI, "Chat Completions").
struct ModelMessage: Sendable, Equatable, Encodable {
    enum Role: String, Encodable { case system, user, assistant, tool }

    let role: Role
    var content: String?
    var calls: [ToolCall]?
    /// Which call this is the result of.
    var callID: String?

    enum CodingKeys: String, CodingKey {
        case role, content
        case calls = "tool_calls"
        case callID = "tool_call_id"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try content.encode(as: .content, in: &container)
        try container.encodeIfPresent(calls, forKey: .calls)
        try container.encodeIfPresent(callID, forKey: .callID)
    }
}

/// Something that a model wants done. Its arguments are JSON, or what the model takes for it.
struct ToolCall: Sendable, Equatable, Encodable {
    var id: String
    var name: String
    var arguments: String

    enum CodingKeys: String, CodingKey { case id, type, function }
    enum FunctionKeys: String, CodingKey { case name, arguments }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode("function", forKey: .type)
        var function = container.nestedContainer(keyedBy: FunctionKeys.self, forKey: .function)
        try function.encode(name, forKey: .name)
        try function.encode(arguments, forKey: .arguments)
    }
}

/// What an endpoint is asked.
struct ModelRequest: Sendable, Encodable {
    let model: String
    var messages: [ModelMessage]
    let stream = true
    var tools: [JSONValue]?
}
