/// Says in words what a JSON schema of the API's document asks for.
struct JSONSchemaReader: Sendable {
    private static let prefix = "#/components/schemas/"

    let root: JSONValue

    init(_ root: JSONValue) {
        self.root = root
    }

    /// What a reference stands for.
    func resolved(_ value: JSONValue) -> JSONValue {
        guard let path = value[at: "$ref"].text else { return value }
        let found = path.dropFirst(2).split(separator: "/").reduce(root) { $0[at: String($1)] }
        var merged = resolved(found)
        // What stands beside a reference is nearer to the matter.
        for (name, other) in value.members where name != "$ref" { merged[at: name] = other }
        return merged
    }

    func name(of schema: JSONValue) -> String? {
        schema[at: "$ref"].text.map { String($0.dropFirst(Self.prefix.count)) }
    }

    /// A parameter as a field.
    func field(_ parameter: JSONValue) -> APIReference.Field {
        let name = parameter[at: "name"].text ?? ""
        let schema = resolved(parameter[at: "schema"])
        let about = [parameter[at: "description"].text, schema[at: "description"].text].compactMap {
            $0.map(Self.quoted)
        }
        return APIReference.Field(
            name: name, place: parameter[at: "in"].text, isNeeded: parameter[at: "required"] == .boolean(true),
            kind: kind(of: parameter[at: "schema"]), fieldText: about.isEmpty ? nil : about.joined(separator: " "))
    }

    /// Those of an object, or of all objects that it is made of; what is needed comes first.
    func fields(of schema: JSONValue) -> [APIReference.Field] {
        let schema = resolved(schema)
        let parts = schema[at: "allOf"].items.flatMap(fields)
        let needed = Set(schema[at: "required"].items.compactMap(\.text))
        let own = schema[at: "properties"].members.map { name, property in
            let about = resolved(property)[at: "description"].text.map(Self.quoted)
            return APIReference.Field(
                name: name, place: nil, isNeeded: needed.contains(name), kind: kind(of: property), fieldText: about)
        }
        return parts + own.filter(\.isNeeded) + own.filter { !$0.isNeeded }
    }

    /// Whether a shape is only what somebody sends.
    func isForRequests(_ name: String) -> Bool {
        let own = JSONValue.string(Self.prefix + name)
        return root[at: "paths"].members.contains { _, methods in
            methods.members.contains { _, operation in
                operation[at: "requestBody"][at: "content"].members.contains { $0.1[at: "schema"][at: "$ref"] == own }
            }
        } || name == "Button"
    }

    func kind(of schema: JSONValue) -> String {
        let schema = resolved(schema)
        let choices = schema[at: "enum"].items + (schema[at: "const"] == .null ? [] : [schema[at: "const"]])
        if !choices.isEmpty { return Self.words(for: choices) }
        let variants = schema[at: "anyOf"].items
        if !variants.isEmpty, schema[at: "properties"] == .null {
            return Self.joined(variants.map { name(of: $0).flatMap(shapeName) ?? kind(of: $0) })
        }
        let types = schema[at: "type"].text.map { [$0] } ?? schema[at: "type"].items.compactMap(\.text)
        guard !types.isEmpty else { return "object" }
        // Text that may be a number too is text to a reader.
        let told =
            Set(["string", "integer"]).isSubset(of: types) ? types.prefix(1) + types.filter { $0 == "null" } : types
        return Self.joined(told.map { $0 == "array" ? list(of: schema[at: "items"]) : Self.word(for: $0, schema) })
    }

    /// The marks of code are for readers of the file; on the page they are quotes.
    static func quoted(_ text: String) -> String {
        text.replacing(#/`([^`]+)`/#) { "“\($0.output.1)”" }
    }

    private func list(of items: JSONValue) -> String {
        "list of " + (name(of: items).flatMap(shapeName) ?? kind(of: items))
    }

    /// The name of a shape that has fields; simple ones are said in words.
    private func shapeName(_ name: String) -> String? {
        let schema = root[at: "components"][at: "schemas"][at: name]
        return schema[at: "properties"] == .null && schema[at: "allOf"] == .null ? nil : name
    }

    private static func word(for type: String, _ schema: JSONValue) -> String {
        switch type {
        case "string":
            switch schema[at: "format"].text {
            case "date-time": "time"
            case "binary": "file"
            default: "text"
            }
        case "integer": "whole number"
        case "boolean": "true or false"
        default: type
        }
    }

    private static func words(for choices: [JSONValue]) -> String {
        let all = Set(choices)
        if all.isSuperset(of: [.boolean(true), .boolean(false)]) { return "true or false" }
        return joined(
            choices.filter { $0 != .string("") }.map { choice in
                switch choice {
                case .string(let text): text.trimmingSuffix("\n")
                case .integer(let number): String(number)
                case .boolean(let value): String(value)
                default: "null"
                }
            })
    }

    /// Without what says the same twice: an empty text beside a number means nothing to a reader.
    private static func joined(_ words: [String]) -> String {
        var seen: Set<String> = []
        return words.filter { !$0.isEmpty && seen.insert($0).inserted }.joined(separator: " or ")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
