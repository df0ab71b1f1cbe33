import Foundation

/// The document of the API as a person reads it.
struct APIReference: Sendable {
    struct Group: View {
        let name: String
        let anchor: String
        let groupText: String
        let operations: [Operation]
    }

    struct Operation: View {
        let operationId: String
        let method: String
        let path: String
        let summary: String
        let operationText: String?
        let rights: String
        let hasFields: Bool
        let fields: [Field]
        let answers: [Answer]
        let curl: String
    }

    /// A parameter, or a field of a body or an answer.
    struct Field: View {
        let name: String
        let place: String?
        let isNeeded: Bool
        let kind: String
        let fieldText: String?

        /// In a request null is the same as leaving a field out, so it is not worth a word each time.
        fileprivate var withoutNull: Field {
            Field(
                name: name, place: place, isNeeded: isNeeded, kind: kind.replacing(" or null", with: ""),
                fieldText: fieldText)
        }
    }

    struct Answer: View {
        let status: String
        let answerText: String
        let shape: String?
        let shapeAnchor: String?
    }

    struct Shape: View {
        let name: String
        let anchor: String
        let shapeText: String?
        let fields: [Field]
    }

    private static let methods = ["get", "post", "put", "patch", "delete"]

    let root: JSONValue
    let address: String

    init(_ root: JSONValue, address: String) {
        self.root = root
        self.address = address
    }

    var groups: [Group] {
        root[at: "tags"].items.compactMap { tag in
            guard let name = tag[at: "name"].text else { return nil }
            let anchor = name.lowercased().replacing(" ", with: "-")
            return Group(
                name: name, anchor: anchor, groupText: JSONSchemaReader.quoted(tag[at: "description"].text ?? ""),
                operations: operations(tagged: name))
        }
    }

    /// What answers are made of, by name.
    var shapes: [Shape] {
        let schemas = JSONSchemaReader(root)
        return root[at: "components"][at: "schemas"].members.compactMap { name, schema in
            let fields = schemas.fields(of: schema)
            guard !fields.isEmpty, !schemas.isForRequests(name) else { return nil }
            return Shape(
                name: name, anchor: "shape-\(name)",
                shapeText: schema[at: "description"].text.map(JSONSchemaReader.quoted),
                fields: fields)
        }
    }

    private func operations(tagged tag: String) -> [Operation] {
        root[at: "paths"].members.flatMap { path, methods in
            Self.methods.compactMap { method in
                let operation = methods[at: method]
                guard operation[at: "tags"].items.contains(.string(tag)) else { return nil }
                return view(of: operation, method.uppercased(), path)
            }
        }
    }

    private func view(of operation: JSONValue, _ method: String, _ path: String) -> Operation {
        let schemas = JSONSchemaReader(root)
        let parameters = operation[at: "parameters"].items.map(schemas.resolved)
        let fields =
            parameters.map(schemas.field) + schemas.fields(of: Self.body(of: operation)).map(\.withoutNull)
        let answers = operation[at: "responses"].members.map { status, answer in
            let answer = schemas.resolved(answer)
            let schema = answer[at: "content"].members.first?.1[at: "schema"] ?? .null
            let name = schemas.name(of: schema)
            return Answer(
                status: status, answerText: JSONSchemaReader.quoted(answer[at: "description"].text ?? ""),
                shape: name ?? schemas.kind(of: schema),
                shapeAnchor: name.map { "shape-\($0)" })
        }
        return Operation(
            operationId: operation[at: "operationId"].text ?? "", method: method, path: path,
            summary: operation[at: "summary"].text ?? "",
            operationText: operation[at: "description"].text.map(JSONSchemaReader.quoted),
            rights: Self.rights(of: operation), hasFields: !fields.isEmpty, fields: fields, answers: answers,
            curl: curl(operation, method, path, parameters))
    }

    private static func rights(of operation: JSONValue) -> String {
        if operation[at: "security"] != .null { return "Anybody, without a token." }
        let scopes = operation[at: "x-scopes"].items.compactMap(\.text)
        let who = operation[at: "x-admin"] == .boolean(true) ? "An admin" : "Whoever is signed in"
        return switch scopes.count {
        case 0: operation[at: "operationId"].text == "signOut" ? "Whoever signed in with a password." : "Any token."
        case 1: "\(who), or a token of theirs with the scope \(scopes[0])."
        default: "\(who), or a token of theirs with one of the scopes \(scopes.joined(separator: ", "))."
        }
    }

    /// As JSON, or where that cannot say it as a form.
    private static func body(of operation: JSONValue) -> JSONValue {
        let content = operation[at: "requestBody"][at: "content"]
        let json = content[at: "application/json"][at: "schema"]
        return json == .null ? content[at: "multipart/form-data"][at: "schema"] : json
    }

    private func curl(_ operation: JSONValue, _ method: String, _ path: String, _ parameters: [JSONValue]) -> String {
        var path = path
        var query: [String] = []
        for parameter in parameters {
            guard let name = parameter[at: "name"].text, let value = Self.plain(parameter[at: "example"]) else {
                continue
            }
            if parameter[at: "in"].text == "path" {
                path = path.replacing("{\(name)}", with: value.pathEscaped)
            } else {
                query.append("\(name)=\(value.queryEscaped)")
            }
        }
        let target = address + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        var lines = ["curl " + (method == "GET" ? "" : "-X \(method) ") + Self.quoted(target, isPlain: query.isEmpty)]
        if operation[at: "security"] == .null { lines.append("-H \"Authorization: Bearer $TOKEN\"") }
        lines += Self.sent(operation[at: "requestBody"][at: "content"])
        return lines.joined(separator: " \\\n  ")
    }

    private static func sent(_ content: JSONValue) -> [String] {
        func example(_ kind: String) -> JSONValue { content[at: kind][at: "examples"][at: "usual"][at: "value"] }
        if let text = json(example("application/json")) {
            return ["-H 'Content-Type: application/json'", "-d " + quoted(text, isPlain: false)]
        }
        return example("multipart/form-data").members.map { name, value in
            let text = if case .array = value { "@\(plain(value) ?? "")" } else { plain(value) ?? "" }
            return "-F " + quoted("\(name)=\(text)", isPlain: false)
        }
    }

    private static func plain(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .array(let items): items.first.flatMap(plain)
        default: nil
        }
    }

    private static func json(_ value: JSONValue) -> String? {
        guard value != .null else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// As one word of a shell.
    private static func quoted(_ text: String, isPlain: Bool) -> String {
        isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
