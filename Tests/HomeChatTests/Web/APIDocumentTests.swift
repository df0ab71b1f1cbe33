import Foundation
import Hummingbird
import Testing

@testable import HomeChat

@Suite struct APIDocumentTests {
    private static let verbs = ["get", "post", "put", "patch", "delete"]

    private func root(basePath: String = "") throws -> JSONValue {
        try APIDocument(.embedded(), basePath: basePath).root()
    }

    private func operations() throws -> [(door: String, operation: JSONValue)] {
        try root()[at: "paths"].members.flatMap { path, methods in
            methods.members.map { ("\($0.uppercased()) \(path)", $1) }
        }
    }

    @Test func `each route of the API is in the document, and nothing else is`() async throws {
        try await withHouse { house in
            let router = Router(context: AppContext.self)
            house.server.addAPIRoutes(to: router, try house.server.pages())
            let routes = router.routes.map { "\($0.method.rawValue) \($0.path.description)" }
            let described = Set(try operations().map(\.door))
            #expect(Set(routes).subtracting(described).sorted() == [], "not in Web/api")
            #expect(described.subtracting(routes).sorted() == [], "in Web/api, and no route")
        }
    }

    @Test func `each operation has a name of its own, a summary, and says what can go wrong`() throws {
        var names: Set<String> = []
        let tags = Set(try root()[at: "tags"].items.map { $0[at: "name"] })
        for (door, operation) in try operations() {
            let name = try #require(operation[at: "operationId"].text, "\(door)")
            #expect(names.insert(name).inserted, "\(door)")
            #expect(operation[at: "summary"].text?.isEmpty == false, "\(door)")
            #expect(
                operation[at: "tags"].items.count == 1 && tags.isSuperset(of: operation[at: "tags"].items), "\(door)")
            let statuses = operation[at: "responses"].members.map(\.0)
            #expect(statuses.contains { $0.hasPrefix("2") } && statuses.contains { $0.hasPrefix("4") }, "\(door)")
            // Either it is for everybody, or it says for whom, and then it can refuse.
            if operation[at: "security"] == .null {
                #expect(operation[at: "x-scopes"] != .null && statuses.contains("401"), "\(door)")
            } else {
                #expect(operation[at: "security"] == .array([]), "\(door)")
            }
        }
    }

    @Test func `scopes are ones that a token can have`() throws {
        let known = Set(Scope.allCases.map { JSONValue.string($0.rawValue) })
        for (door, operation) in try operations() {
            #expect(known.isSuperset(of: operation[at: "x-scopes"].items), "\(door)")
        }
    }

    @Test func `each part of a path is a parameter, and each parameter of a path is in it`() throws {
        for (door, operation) in try operations() {
            let parts = Set(door.matches(of: #/\{([a-z_]+)\}/#).map { String($0.output.1) })
            let inPath = operation[at: "parameters"].items.filter { $0[at: "in"].text == "path" }.compactMap {
                $0[at: "name"].text
            }
            #expect(parts == Set(inPath), "\(door)")
        }
    }

    @Test func `what is referred to is there`() throws {
        let root = try root()
        func look(_ value: JSONValue, _ place: String) {
            if let reference = value[at: "$ref"].text {
                let parts = reference.dropFirst(2).split(separator: "/").map(String.init)
                #expect(parts.reduce(root) { $0[at: $1] } != .null, "\(place): \(reference)")
            }
            for (name, member) in value.members { look(member, place + "/" + name) }
            for item in value.items { look(item, place) }
        }
        look(root, "")
    }

    @Test func `no two files describe the same`() throws {
        var seen: Set<String> = []
        for (path, text) in WebFiles.embedded().texts(in: "api", ending: ".json") {
            let file = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
            let parts = file[at: "components"].members.flatMap { kind, parts in parts.members.map { "\(kind)/\($0.0)" }
            }
            for name in file[at: "paths"].members.map(\.0) + parts {
                #expect(seen.insert(name).inserted, "\(path): \(name)")
            }
        }
    }

    @Test func `a body can come as a form, which knows no null and no numbers`() throws {
        let operation = try root()[at: "paths"][at: "/api/v1/channels"][at: "post"]
        let form = operation[at: "requestBody"][at: "content"][at: "application/x-www-form-urlencoded"][at: "schema"]
        #expect(form[at: "required"] == .array([.string("name")]))
        #expect(form[at: "properties"][at: "name"][at: "type"] == .string("string"))
        #expect(!form[at: "properties"][at: "private"][at: "enum"].items.contains(.null))
        #expect(form[at: "properties"][at: "private"][at: "enum"].items.contains(.string("true")))
        let parts = operation[at: "requestBody"][at: "content"][at: "multipart/form-data"][at: "schema"]
        #expect(parts[at: "properties"] == form[at: "properties"] && parts[at: "required"] == form[at: "required"])
        let post = try root()[at: "paths"][at: "/api/v1/messages"][at: "post"][at: "requestBody"][at: "content"]
        #expect(post[at: "application/x-www-form-urlencoded"][at: "schema"][at: "properties"][at: "actions"] == .null)
    }

    @Test func `what takes files says so beside its other fields, and what has no body has none`() throws {
        let paths = try root()[at: "paths"]
        let content = paths[at: "/api/v1/messages"][at: "post"][at: "requestBody"][at: "content"]
        let (form, json) = (content[at: "multipart/form-data"][at: "schema"], content[at: "application/json"])
        #expect(form[at: "properties"][at: "files[]"] != .null && form[at: "properties"][at: "room"] != .null)
        #expect(form[at: "anyOf"].items.contains { $0[at: "required"] == .array([.string("files[]")]) })
        #expect(json[at: "schema"][at: "properties"][at: "files[]"] == .null)
        #expect(paths[at: "/api/v1/messages"][at: "get"][at: "requestBody"] == .null)
        #expect(paths[at: "/api/v1/files"][at: "post"][at: "requestBody"][at: "content"].members.count == 1)
    }

    @Test func `the actions of the audit log are all of them`() throws {
        let schema = try root()[at: "components"][at: "schemas"][at: "AuditAction"]
        #expect(Set(schema[at: "enum"].items) == Set(AuditAction.allCases.map { .string($0.rawValue) }))
    }

    @Test func `it says where this installation is`() throws {
        #expect(try root(basePath: "/chat")[at: "servers"] == .array([.object(["url": .string("/chat")])]))
        #expect(try root()[at: "servers"] == .array([.object(["url": .string("/")])]))
        #expect(try root()[at: "info"][at: "version"] == .string(Version.current))
    }

    @Test func `the page has each operation, with a command that can be copied`() throws {
        let reference = APIReference(try root(), address: "https://chat.example.com")
        let shown = reference.groups.flatMap(\.operations)
        #expect(Set(shown.map { "\($0.method) \($0.path)" }) == Set(try operations().map(\.door)))
        let post = try #require(shown.first { $0.operationId == "postMessage" })
        #expect(
            post.curl == """
                curl -X POST https://chat.example.com/api/v1/messages \\
                  -H "Authorization: Bearer $TOKEN" \\
                  -H 'Content-Type: application/json' \\
                  -d '{"message":"The washing machine is done.","room":"home"}'
                """)
        let shapes = Set(reference.shapes.map(\.anchor))
        for operation in shown {
            for answer in operation.answers {
                if let anchor = answer.shapeAnchor {
                    #expect(shapes.contains(anchor), "\(operation.operationId): \(anchor)")
                }
            }
        }
    }
}
