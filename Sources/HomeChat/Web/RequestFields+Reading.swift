import Foundation
import Hummingbird
import NIOCore

extension RequestFields {
    private static let maximumFields = 1000
    /// What must not be taken from an address, where it would be logged and remembered.
    private static let secrets: Set<String> = [
        "password", "password_confirmation", "current_password", "otp_code", "code", "token", "step",
        "setup_secret", "reset_token",
    ]

    /// Body and query together; the body wins. An empty body is no fields, whatever type it claims to have.
    init(of request: Request, _ context: AppContext) async throws {
        var values = try Self.query(of: request)
        let body = try await Self.body(of: request, atMost: context.maximumBody)
        if body.readableBytes > 0 {
            try Self.parse(body, type: request.headers[.contentType]) { values[$0] = $1 }
        }
        self.init(values)
    }

    /// The query alone, for requests that change nothing.
    init(queryOf request: Request) throws {
        self.init(try Self.query(of: request))
    }

    private static func query(of request: Request) throws -> [String: JSONValue] {
        guard let query = request.uri.query else { return [:] }
        return try form(query).filter { !secrets.contains($0.key) }
    }

    static func body(of request: Request, atMost maximumBody: Int) async throws -> ByteBuffer {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > maximumBody {
            throw ChatError.tooLarge(limit: maximumBody)
        }
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw ChatError.unsupportedType("compressed requests are not taken")
        }
        do {
            return try await request.body.collect(upTo: maximumBody)
        } catch is NIOTooManyBytesError {
            throw ChatError.tooLarge(limit: maximumBody)
        }
    }

    static func parse(_ body: ByteBuffer, type: String?, _ take: (String, JSONValue) -> Void) throws {
        let mediaType =
            type?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased() ?? "application/json"
        switch mediaType {
        case "application/x-www-form-urlencoded":
            guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
                throw ChatError.malformed("the form is not UTF-8")
            }
            try form(text).forEach { take($0.key, $0.value) }
        case "application/json", "text/json", "text/plain":
            try json(body).forEach { take($0.key, $0.value) }
        default:
            throw ChatError.unsupportedType("send application/json or application/x-www-form-urlencoded")
        }
    }

    static func json(_ body: ByteBuffer) throws -> [String: JSONValue] {
        guard String(validating: body.readableBytesView, as: UTF8.self) != nil else {
            throw ChatError.malformed("the JSON is not UTF-8")
        }
        try requireShallow(body)
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(body.readableBytesView))
        } catch {
            throw ChatError.malformed("the body is not valid JSON")
        }
        guard case .object(let values) = value else { throw ChatError.malformed("the JSON must be an object") }
        return values
    }

    /// Nothing we read is nested deeper than this; a parser that recurses is not asked to try.
    private static func requireShallow(_ body: ByteBuffer) throws {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in body.readableBytesView {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isInString: isEscaped = true
            case UInt8(ascii: "\""): isInString.toggle()
            case UInt8(ascii: "{") where !isInString, UInt8(ascii: "[") where !isInString:
                depth += 1
                guard depth <= 32 else { throw ChatError.malformed("the JSON is nested too deeply") }
            case UInt8(ascii: "}") where !isInString, UInt8(ascii: "]") where !isInString: depth -= 1
            default: break
            }
        }
    }

    /// `a=1&user[name]=x&scopes[]=y`: one level of objects, and lists.
    static func form(_ text: some StringProtocol) throws -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        let pairs = text.split(separator: "&")
        guard pairs.count <= maximumFields else { throw ChatError.malformed("too many fields") }
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decoded(parts[0])
            let value = JSONValue.string(parts.count > 1 ? try decoded(parts[1]) : "")
            if name.hasSuffix("[]") {
                append(value, to: String(name.dropLast(2)), in: &values)
            } else if name.hasSuffix("]"), let open = name.firstIndex(of: "["), open != name.startIndex {
                let outer = String(name[..<open])
                let inner = String(name[name.index(after: open)...].dropLast())
                var object: [String: JSONValue] = if case .object(let there) = values[outer] { there } else { [:] }
                object[inner] = value
                values[outer] = .object(object)
            } else {
                values[name] = value
            }
        }
        return values
    }

    private static func append(_ value: JSONValue, to name: String, in values: inout [String: JSONValue]) {
        let list: [JSONValue] = if case .array(let there) = values[name] { there } else { [] }
        values[name] = .array(list + [value])
    }

    private static func decoded(_ text: some StringProtocol) throws -> String {
        guard let decoded = text.replacingOccurrences(of: "+", with: " ").removingPercentEncoding else {
            throw ChatError.malformed("a field is not percent-encoded UTF-8")
        }
        return decoded
    }
}
