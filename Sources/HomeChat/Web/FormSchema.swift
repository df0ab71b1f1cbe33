/// The schema of a form with the fields of a JSON body. In a form everything is text: there is no null, a number is its
/// digits, and what is a list of objects cannot be said.
struct FormSchema: Sendable {
    private let schemas: JSONSchemaReader

    init(_ root: JSONValue) {
        schemas = JSONSchemaReader(root)
    }

    /// - Returns: nil for what a form cannot say.
    func form(of schema: JSONValue) -> JSONValue? {
        var schema = schemas.resolved(schema)
        if schema["type"] != .null {
            guard let type = Self.type(schema["type"]) else { return nil }
            schema["type"] = .string(type)
        }
        for word in ["minimum", "maximum", "not", "items", "maxItems", "examples"] { schema.remove(word) }
        if schema["enum"] != .null {
            schema["enum"] = .array(schema["enum"].items.filter { $0.text != nil })
        }
        if schema["properties"] != .null {
            let forms = properties(schema["properties"])
            let lost = schema["properties"].members.map(\.0).filter { forms[$0] == .null }
            guard Set(lost).isDisjoint(with: schema["required"].items.compactMap(\.text)) else { return nil }
            schema["properties"] = forms
        }
        let variants = schema["anyOf"].items.compactMap(form)
        if schema["anyOf"] != .null { schema["anyOf"] = .array(variants.filter { $0["enum"] != .array([]) }) }
        return schema
    }

    private func properties(_ properties: JSONValue) -> JSONValue {
        var forms: [String: JSONValue] = [:]
        for (name, schema) in properties.members {
            if schema["type"] == .string("null") {
                forms[name] = .boolean(false)  // as null would say: not there
            } else if let form = form(of: schema), form["type"] != .string("object") {
                forms[name] = form
            }
        }
        return .object(forms)
    }

    private static func type(_ type: JSONValue) -> String? {
        let names = type.text.map { [$0] } ?? type.items.compactMap(\.text)
        if names.contains("object") { return "object" }
        return names.contains("string") ? "string" : nil
    }
}
