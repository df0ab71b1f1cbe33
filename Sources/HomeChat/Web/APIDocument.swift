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
        root["servers"] = Self.servers(base)
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
        root["info"]["version"] = .string(Version.current)
        root["servers"] = servers(basePath)
        let forms = FormSchema(root)
        for (path, methods) in root["paths"].members {
            for (method, operation) in methods.members {
                root["paths"][path][method] = complete(operation, at: path, forms)
            }
        }
        for (name, answer) in root["components"]["responses"].members {
            root["components"]["responses"][name] = telling(headers(areLimited: true), in: answer)
        }
        return root
    }

    /// The body as a form, what middleware may answer before a handler is asked, and the headers of every answer.
    private static func complete(_ operation: JSONValue, at path: String, _ forms: FormSchema) -> JSONValue {
        let isLimited = path.hasPrefix("/api/") && !PublicRoutes.uncounted.contains(path)
        var common = ["403": "Forbidden", "421": "Misdirected", "500": "Failed", "503": "Unavailable"]
        if isLimited { common["429"] = "TooMany" }
        if operation["requestBody"] != .null {
            common.merge(["400": "Malformed", "413": "TooLarge", "415": "UnsupportedType"]) { $1 }
        }
        var operation = operation
        if let form = forms.form(of: operation["requestBody"]["content"]["application/json"]["schema"]) {
            operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"] = form
        }
        for (status, name) in common where operation["responses"][status] == .null {
            operation["responses"][status] = .object(["$ref": .string("#/components/responses/\(name)")])
        }
        for (status, answer) in operation["responses"].members where answer["$ref"] == .null {
            operation["responses"][status] = telling(headers(areLimited: isLimited), in: answer)
        }
        return operation
    }

    private static func headers(areLimited: Bool) -> [String] {
        let limits = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "RateLimit", "RateLimit-Policy"]
        return ["X-Request-Id"] + (areLimited ? limits : [])
    }

    private static func telling(_ headers: [String], in answer: JSONValue) -> JSONValue {
        var answer = answer
        for name in headers {
            answer["headers"][name] = .object(["$ref": .string("#/components/headers/\(name)")])
        }
        return answer
    }
}

extension JSONValue {
    /// A member of an object; null where there is none. Setting one makes an object of anything else.
    subscript(_ name: String) -> JSONValue {
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

    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }

    var text: String? { if case .string(let text) = self { text } else { nil } }

    /// Takes over what `other` has, into objects that both have too.
    mutating func merge(_ other: JSONValue) {
        guard case .object(let theirs) = other, case .object = self else { return self = other }
        for (name, value) in theirs {
            if self[name] == .null { self[name] = value } else { self[name].merge(value) }
        }
    }
}
