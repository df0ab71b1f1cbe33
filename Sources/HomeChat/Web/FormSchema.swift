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
        if schema[at: "type"] != .null {
            guard let type = Self.type(schema[at: "type"]) else { return nil }
            schema[at: "type"] = .string(type)
        }
        for word in ["minimum", "maximum", "not", "items", "maxItems", "examples"] { schema.remove(word) }
        if schema[at: "enum"] != .null {
            schema[at: "enum"] = .array(
                schema[at: "enum"].items.filter { if case .string = $0 { true } else { false } })
        }
        if schema[at: "properties"] != .null {
            let forms = properties(schema[at: "properties"])
            let lost = schema[at: "properties"].members.map(\.0).filter { forms[at: $0] == .null }
            guard Set(lost).isDisjoint(with: schema[at: "required"].items.compactMap(\.text)) else { return nil }
            schema[at: "properties"] = forms
        }
        let variants = schema[at: "anyOf"].items.compactMap(form)
        if schema[at: "anyOf"] != .null {
            schema[at: "anyOf"] = .array(variants.filter { $0[at: "enum"] != .array([]) })
        }
        return schema
    }

    private func properties(_ properties: JSONValue) -> JSONValue {
        var forms: [String: JSONValue] = [:]
        for (name, schema) in properties.members {
            if schema[at: "type"] == .string("null") {
                forms[name] = .boolean(false)  // as null would say: not there
            } else if let form = form(of: schema), form[at: "type"] != .string("object") {
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
