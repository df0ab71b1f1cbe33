/// Reads what a sender may or may not have put there: nothing here fails, what is of another type is absent.
extension JSONValue {
    subscript(_ name: String) -> JSONValue? {
        guard case .object(let values) = self, let value = values[name], value != .null else { return nil }
        return value
    }

    /// Text, or a number or truth value as text.
    var text: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .boolean(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    var items: [JSONValue] {
        if case .array(let items) = self { items } else { [] }
    }

    /// The members that are text, by name.
    var texts: [String: String] {
        if case .object(let values) = self { values.compactMapValues(\.text) } else { [:] }
    }

    /// Not empty, not blank.
    func string(_ names: String...) -> String? {
        for name in names {
            if let text = self[name]?.text, text.contains(where: { !$0.isWhitespace }) { return text }
        }
        return nil
    }

    func list(_ name: String) -> [JSONValue] { self[name]?.items ?? [] }
}
