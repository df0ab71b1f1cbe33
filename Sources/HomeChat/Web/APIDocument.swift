import Foundation
import NIOCore
import Synchronization

/// The description of the API (OpenAPI 3.1): the files of `Web/api` as one, with what is the same everywhere and what only
/// this installation knows filled in. Made when somebody first asks.
final class APIDocument: Sendable {
    struct Served: Sendable {
        let plain: ByteBuffer
        let gzipped: ByteBuffer?
    }

    private struct Made: Sendable {
        let root: JSONValue
        let served: Served
    }

    private let web: WebFiles
    private let basePath: String
    private let made = Mutex<Made?>(nil)

    init(_ web: WebFiles, basePath: String) {
        self.web = web
        self.basePath = basePath
    }

    func root() throws -> JSONValue { try make().root }

    /// - Parameter base: below which path whoever asks has come here; another than ours within Home Assistant.
    func served(at base: String) throws -> Served {
        let made = try make()
        guard base != basePath else { return made.served }
        var root = made.root
        root[at: "servers"] = Self.servers(base)
        return try Self.serve(root)
    }

    private func make() throws -> Made {
        try made.withLock { made in
            if let made { return made }
            let root = try Self.read(web, basePath: basePath)
            let new = Made(root: root, served: try Self.serve(root))
            made = new
            return new
        }
    }

    private static func serve(_ root: JSONValue) throws -> Served {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = Array(try encoder.encode(root))
        return Served(
            plain: ByteBuffer(bytes: bytes), gzipped: Gzip.compress(bytes, level: 9).map { ByteBuffer(bytes: $0) })
    }

    private static func servers(_ base: String) -> JSONValue {
        .array([.object(["url": .string(base.isEmpty ? "/" : base)])])
    }

    private static func read(_ web: WebFiles, basePath: String) throws -> JSONValue {
        var root = JSONValue.object([:])
        for (_, text) in web.texts(in: "api", ending: ".json") {
            root.merge(try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)))
        }
        root[at: "info"][at: "version"] = .string(Version.current)
        root[at: "servers"] = servers(basePath)
        let forms = FormSchema(root)
        for (path, methods) in root[at: "paths"].members {
            for (method, operation) in methods.members {
                root[at: "paths"][at: path][at: method] = complete(operation, at: path, forms)
            }
        }
        for (name, answer) in root[at: "components"][at: "responses"].members {
            root[at: "components"][at: "responses"][at: name] = telling(headers(areLimited: true), in: answer)
        }
        return root
    }

    /// The body as a form, what middleware may answer before a handler is asked, and the headers of every answer.
    private static func complete(_ operation: JSONValue, at path: String, _ forms: FormSchema) -> JSONValue {
        let isLimited = path.hasPrefix("/api/") && !PublicRoutes.uncounted.contains(path)
        var common = ["403": "Forbidden", "421": "Misdirected", "500": "Failed", "503": "Unavailable"]
        if isLimited { common["429"] = "TooMany" }
        if operation[at: "requestBody"] != .null {
            common.merge(["400": "Malformed", "413": "TooLarge", "415": "UnsupportedType"]) { $1 }
        }
        var operation = operation
        var content = operation[at: "requestBody"][at: "content"]
        let json = content[at: "application/json"][at: "schema"]
        if json != .null, let form = forms.form(of: json) {
            content[at: "application/x-www-form-urlencoded"][at: "schema"] = form
            content[at: parts][at: "schema"] = form.adding(content[at: parts][at: "schema"])
        }
        if content[at: parts] != .null {
            content[at: parts][at: "schema"][at: "propertyNames"] = namesOfParts
            operation[at: "requestBody"][at: "content"] = content
        }
        for (status, name) in common where operation[at: "responses"][at: status] == .null {
            operation[at: "responses"][at: status] = .object(["$ref": .string("#/components/responses/\(name)")])
        }
        for (status, answer) in operation[at: "responses"].members where answer[at: "$ref"] == .null {
            operation[at: "responses"][at: status] = telling(headers(areLimited: isLimited), in: answer)
        }
        return operation
    }

    private static let parts = "multipart/form-data"
    /// They stand in quotes in a header, which has no control characters.
    private static let namesOfParts = JSONValue.object(["pattern": .string(#"^[^\x00-\x1f\x7f\\]*$"#)])

    private static func headers(areLimited: Bool) -> [String] {
        let limits = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "RateLimit", "RateLimit-Policy"]
        return ["X-Request-Id"] + (areLimited ? limits : [])
    }

    private static func telling(_ headers: [String], in answer: JSONValue) -> JSONValue {
        var answer = answer
        for name in headers {
            answer[at: "headers"][at: name] = .object(["$ref": .string("#/components/headers/\(name)")])
        }
        return answer
    }
}

extension JSONValue {
    /// A member of an object; null where there is none. Setting one makes an object of anything else.
    subscript(at name: String) -> JSONValue {
        get { if case .object(let values) = self { values[name] ?? .null } else { .null } }
        set {
            var values = if case .object(let there) = self { there } else { [String: JSONValue]() }
            values[name] = newValue
            self = .object(values)
        }
    }

    mutating func remove(_ name: String) {
        guard case .object(var values) = self else { return }
        values[name] = nil
        self = .object(values)
    }

    /// Of an object, by name.
    var members: [(String, JSONValue)] {
        if case .object(let values) = self { values.sorted { $0.key < $1.key } } else { [] }
    }

    /// A schema with the properties of another too, and its variants beside those that are there.
    func adding(_ other: JSONValue) -> JSONValue {
        guard other != .null else { return self }
        var sum = self
        sum.merge(other)
        let variants = self[at: "anyOf"].items + other[at: "anyOf"].items
        if !variants.isEmpty { sum[at: "anyOf"] = .array(variants) }
        return sum
    }

    /// Takes over what `other` has, into objects that both have too.
    mutating func merge(_ other: JSONValue) {
        guard case .object(let theirs) = other, case .object = self else { return self = other }
        for (name, value) in theirs {
            if self[at: name] == .null { self[at: name] = value } else { self[at: name].merge(value) }
        }
    }
}
