import Foundation
import Hummingbird
import NIOCore

extension RequestFields {
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
        try requireFit(request, atMost: maximumBody)
        do {
            return try await request.body.collect(upTo: maximumBody)
        } catch is NIOTooManyBytesError {
            throw ChatError.tooLarge(limit: maximumBody)
        }
    }

    /// What can be said of a body before it is read.
    static func requireFit(_ request: Request, atMost maximumBody: Int) throws {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > maximumBody {
            throw ChatError.tooLarge(limit: maximumBody)
        }
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw ChatError.unsupportedType("compressed requests are not taken")
        }
    }

    static func parse(_ body: ByteBuffer, type: String?, _ take: (String, JSONValue) -> Void) throws {
        switch mediaType(type) {
        case "application/x-www-form-urlencoded":
            guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
                throw ChatError.malformed("the form is not UTF-8")
            }
            try form(text).forEach { take($0.key, $0.value) }
        case "application/json", "text/json", "text/plain":
            try json(body).forEach { take($0.key, $0.value) }
        case "multipart/form-data":
            try multipart(body, type: type ?? "").forEach { take($0.key, $0.value) }
        default:
            throw ChatError.unsupportedType(
                "send application/json, application/x-www-form-urlencoded or multipart/form-data")
        }
    }

    /// In lower case, without parameters.
    static func mediaType(_ contentType: String?) -> String {
        contentType?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased() ?? "application/json"
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
}
