import Foundation

/// The tools as a model sees them, and what its calls come to.
extension HomeTools {
    static let stateTool = "home_state"
    static let serviceTool = "home_service"

    enum Decision: Sendable, Equatable {
        /// One entity; nil: all that may be read.
        case read(String?)
        case ask(ServiceCall)
        case refuse(String)
    }

    func decide(_ call: ToolCall) -> Decision {
        let arguments: [String: JSONValue]
        if call.arguments.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty {
            arguments = [:]
        } else {
            guard let read = try? RequestFields.json(.init(string: call.arguments)) else {
                return .refuse("the arguments are not a JSON object")
            }
            arguments = read
        }
        switch call.name {
        case Self.stateTool where !states.isEmpty:
            switch arguments["entity_id"] {
            case nil, .null, .string(""): return .read(nil)
            case .string(let entity): return mayRead(entity) ? .read(entity) : .refuse("this entity is not for you")
            default: return .refuse("entity_id must be text")
            }
        case Self.serviceTool where !services.isEmpty:
            guard let call = ServiceCall(arguments) else { return .refuse("this is no service call that can be made") }
            return mayCall(call) ? .ask(call) : .refuse("this service, or this entity, is not for you")
        default:
            return .refuse("there is no such tool")
        }
    }

    /// For the request to the model.
    var descriptions: [JSONValue] {
        var tools: [JSONValue] = []
        if !states.isEmpty {
            tools.append(
                Self.tool(
                    Self.stateTool,
                    "What something in the house is like now. Readable: \(states.joined(separator: ", ")). "
                        + "Without entity_id: the list of all of these.",
                    ["entity_id": Self.field("string", "like light.kitchen")], required: []))
        }
        if !services.isEmpty {
            tools.append(
                Self.tool(
                    Self.serviceTool,
                    "Asks the person whether a service of the house may be called. Services: "
                        + "\(services.joined(separator: ", ")). It is called when they press a button, not before.",
                    [
                        "service": Self.field("string", "like light.turn_on"),
                        "entity_id": Self.field("string", "what it is for, like light.kitchen"),
                        "data": Self.field("object", "more values of the service, without targets"),
                    ], required: ["service"]))
        }
        return tools
    }

    private static func field(_ type: String, _ words: String) -> JSONValue {
        .object(["type": .string(type), "description": .string(words)])
    }

    private static func tool(
        _ name: String, _ words: String, _ fields: [String: JSONValue], required: [String]
    ) -> JSONValue {
        let parameters: [String: JSONValue] = [
            "type": .string("object"), "properties": .object(fields),
            "required": .array(required.map(JSONValue.string)),
        ]
        return .object([
            "type": .string("function"),
            "function": .object([
                "name": .string(name), "description": .string(words), "parameters": .object(parameters),
            ]),
        ])
    }
}
